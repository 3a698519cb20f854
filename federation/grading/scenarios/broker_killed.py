"""N2: the broker is killed and started; its data are kept. About 6 s, most of it Kafka's own."""

from __future__ import annotations

from federation.faults.broker_kill import BrokerKill
from federation.faults.fault import Bite
from federation.grading.scenarios.outage import outage
from federation.grading.scenarios.stage import Scene, Stage

GONE_S = 1.0


def act(stage: Stage) -> Bite:
    return outage(stage, BrokerKill(stage.site), GONE_S)


SCENE = Scene("N2", act)
