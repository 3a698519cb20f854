"""N15: the topic is deleted and made anew under the banks' hands: records and offsets are gone, it has another id, and
those who read or write meanwhile are told that there is none. About 4 s.
"""

from __future__ import annotations

from federation.faults.fault import Bite
from federation.grading.evidence import InjectedLoss
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage

EVENTS, EVENT_S = 30, 0.08
WIPE_AT = 14


def act(stage: Stage) -> Bite:
    topic, extra = stage.site.topic, Errands(stage).rounds(range(0, EVENTS, 2))
    with stage.play(16, extra=extra, event_s=EVENT_S) as play:
        play.until(WIPE_AT)
        before, gone, begun_us = topic.id(), len(topic.records()), stage.now_us()
        topic.wipe()
        ended_us = stage.now_us()
        stage.lose(InjectedLoss(-1, 0, ended_us, "topic wiped"))
        after = topic.id()
        words = f"the topic had the id {before} and at least {gone} records, and has the id {after}"
        bite = Bite(before != after and gone > 0, words)
        stage.note("topic_wiped", "broker", begun_us, ended_us, bite)
    return bite


SCENE = Scene("N15", act)
