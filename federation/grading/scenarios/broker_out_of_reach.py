"""N4: the broker is away for 150 s, longer than Kafka's clients keep trying to deliver (120 s). Proven by what was
accepted meanwhile: a node that refuses new transfers as long as the broker is away loses these points and no others.

Early on one bank gets a crowd of transfers at once, and then work that needs no broker: a request that waits for its
record to be sent holds a thread, and a crowd of them holds them all. About 152 s.
"""

from __future__ import annotations

from federation.faults.broker_away import BrokerAway
from federation.faults.fault import Bite
from federation.grading.plan import Step
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.meanwhile import sends
from federation.grading.scenarios.stage import LONG, Scene, Stage

AWAY_S = 150.0
EVENT_S = 1.5
ORDERS = 90  # one at each event: they come to an end while the broker is still away
ACCEPTED_MIN = 20
CROWD_AT, CROWD = 4, 48  # more than a server usually has threads
LOCAL_AFTER = range(CROWD_AT + 1, CROWD_AT + 9)


def act(stage: Stage) -> Bite:
    with stage.play(ORDERS, extra=_crowd(stage), event_s=EVENT_S) as play:
        play.until(1)
        begun_us = stage.now_us()
        with stage.strike(BrokerAway(stage.site)) as bite:
            stage.site.wait(AWAY_S)
        meanwhile = sends(play, begun_us, stage.now_us())
    found = bite()
    return Bite(found.bit and meanwhile.accepted >= ACCEPTED_MIN, f"{found.proof}; {meanwhile.words}")


def _crowd(stage: Stage) -> list[Step]:
    errands, first = Errands(stage), stage.town.banks[0].id
    crowd = [errands.cross(CROWD_AT, first) for _ in range(CROWD)]
    return crowd + [errands.local(event, first) for event in LOCAL_AFTER for _ in range(3)]


SCENE = Scene("N4", act, lane=LONG)
