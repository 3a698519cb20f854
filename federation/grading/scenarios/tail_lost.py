"""N14: the last records of a bank's partition are gone though the broker had acknowledged them: its last segment is cut
at the end while it is down. What was asked must be asked again, what was answered must be answered again.

All doors are shut meanwhile, so that it is known exactly what is lost. What comes then has offsets that others had
before. About 7 s, most of it Kafka's own.
"""

from __future__ import annotations

from federation.faults.broker_away import BrokerAway
from federation.faults.fault import Bite
from federation.grading.evidence import InjectedLoss
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Scene, Stage

EVENTS, EVENT_S = 24, 0.08
RECORDS_MIN, RECORDS_MORE = 5, 6


def act(stage: Stage) -> Bite:
    errands, bank = Errands(stage), stage.dice.one_of(sorted(stage.site.banks))
    records = RECORDS_MIN + stage.dice.below(RECORDS_MORE)
    extra = [*errands.rounds(range(0, EVENTS, 4)), *errands.to(bank, range(EVENTS))]
    with stage.play(16, extra=extra, event_s=EVENT_S) as play:
        play.until(EVENTS - 6)  # some are asked for while the records are taken away
        with stage.strike(BrokerAway(stage.site)):
            return _cut(stage, stage.site.topic.partition_of(bank), records)


def _cut(stage: Stage, partition: int, records: int) -> Bite:
    there = [record.offset for record in stage.site.topic.records() if record.partition == partition]
    if not there:
        return Bite(False, f"there was nothing in partition {partition}")
    gone = stage.site.topic.cut_tail(partition, min(records, len(there)))
    first = there[-gone] if gone else there[-1] + 1
    if gone:
        stage.lose(InjectedLoss(partition, first, stage.now_us(), "tail cut"))
    left = [record.offset for record in stage.site.topic.records() if record.partition == partition]
    bit = gone > 0 and max(left, default=-1) < first
    return Bite(bit, f"{gone} acknowledged records of partition {partition} are gone, from offset {first} on")


SCENE = Scene("N14", act)
