"""N16: of three Kafka nodes the one that leads a bank's partition is killed; another one leads, the first comes back.

Proven by who leads: a client that was led to a new leader by its metadata has never heard NOT_LEADER. About 8 s.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.faults.node_kill import NodeKill
from federation.grading.evidence import BROKER_AWAY
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.meanwhile import Passed, sends
from federation.grading.scenarios.stage import Scene, Stage

EVENTS, EVENT_S = 50, 0.1
GONE_S = 2.0


def act(stage: Stage) -> Bite:
    extra = Errands(stage).rounds(range(0, EVENTS, 4))
    bank = stage.dice.one_of(sorted(stage.site.banks))
    with stage.play(20, extra=extra, event_s=EVENT_S) as play:
        play.until(3)
        passed, begun_us = Passed(stage), stage.now_us()
        with stage.strike(NodeKill(stage.site, bank=bank), BROKER_AWAY) as bite:
            stage.site.wait(GONE_S)
        meanwhile = sends(play, begun_us, stage.now_us())
    found = bite()
    words = f"{found.proof}; {passed.lines()} lines were opened anew; {meanwhile.words}"
    return Bite(found.bit and meanwhile.asked > 0, words)


SCENE = Scene("N16", act, nodes=3)
