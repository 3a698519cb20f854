"""N1: the broker is stopped and started. About 6 s, most of it Kafka's own."""

from __future__ import annotations

from federation.faults.broker_stop import BrokerStop
from federation.faults.fault import Bite
from federation.grading.scenarios.outage import outage
from federation.grading.scenarios.stage import Scene, Stage

GONE_S = 1.0


def act(stage: Stage) -> Bite:
    return outage(stage, BrokerStop(stage.site), GONE_S)


SCENE = Scene("N1", act)
