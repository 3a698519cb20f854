"""Q19: every record that the broker acknowledged lies in its files, or the grader itself took it away. If not, it is
the broker's fault, and nobody loses points for it."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.checkers.finding import DIAGNOSIS, Checker, Finding
from federation.grading.evidence import Ack, Evidence


def broker_files(evidence: Evidence) -> Iterator[Finding]:
    for ack in lost(evidence):
        yield Finding(
            CHECKER.id,
            f"The broker acknowledged record {ack.offset} of partition {ack.partition} to {ack.bank} and does not have "
            "it any more, though nobody took it away: broker at fault, no points lost.",
            "in the broker's files",
            "not there",
            (ack.transaction_id,) if ack.transaction_id else (),
            DIAGNOSIS,
        )


def lost(evidence: Evidence) -> Iterator[Ack]:
    """Acked records that are gone, or are another record now, without the grader having had a hand in it."""
    if evidence.topic is None:
        return
    there = {(record.partition, record.offset): record for record in evidence.topic}
    for ack in evidence.acks:
        record = there.get((ack.partition, ack.offset))
        same = record is not None and (not ack.sha256 or not record.sha256 or ack.sha256 == record.sha256)
        if not same and not any(loss.took(ack) for loss in evidence.losses):
            yield ack


CHECKER = Checker("Q19", "A", "The broker kept what it acknowledged", broker_files)
