"""N3: the broker freezes for 30 s. Lines stay open and nobody answers.

Proven by the silence, not by one request that is open for 20 s: a client with a patience of 5 s hangs up before that,
and asks again into the same silence. About 33 s.
"""

from __future__ import annotations

from federation.faults.broker_pause import BrokerPause
from federation.faults.fault import Bite
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.meanwhile import Passed, sends
from federation.grading.scenarios.stage import LONG, Scene, Stage

FROZEN_S = 30
UNDER_WAY_S = 0.5  # an answer that had left already
SILENT_MIN_S = 20
EVENT_S = 0.75


def act(stage: Stage) -> Bite:
    extra = Errands(stage).rounds(range(0, 40, 4))
    with stage.play(40, extra=extra, event_s=EVENT_S) as play:
        play.until(1)
        begun_us = stage.now_us()
        with stage.strike(BrokerPause(stage.site)) as bite:
            stage.site.wait(UNDER_WAY_S)
            passed, waited_s, silent_s = Passed(stage), 0.0, 0
            for second in range(1, FROZEN_S):
                stage.site.wait(1.0)
                if not passed.answers():
                    silent_s = second
                waited_s = max(waited_s, *(stage.site.wire.waiting_s(bank) for bank in stage.site.banks))
        meanwhile = sends(play, begun_us, stage.now_us())
    found = bite()
    words = f"{found.proof}; no answer came for {silent_s} s, one request waited {waited_s:.0f} s; {meanwhile.words}"
    return Bite(found.bit and silent_s >= SILENT_MIN_S and waited_s > 0, words)


SCENE = Scene("N3", act, lane=LONG)
