"""Q15: a record that nobody can read stops nobody: the next good one takes effect within five seconds. At level 2 it is
also somewhere an operator sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from federation.grading.calls import PENDING, READ_TRANSFER
from federation.grading.checkers.finding import DIAGNOSIS, LATE, Checker, Finding
from federation.grading.evidence import POISON, Evidence, HostileRecord
from federation.grading.history import Sent
from federation.grading.telling import seconds
from federation.grading.telling import transfer as told

WITHIN_US = 5_000_000


def poison(evidence: Evidence) -> Iterator[Finding]:
    within_us = WITHIN_US * evidence.slack
    for record in evidence.hostile:
        good = _next_good_one(evidence, record) if record.kind == POISON else None
        if good is None or _disturbed(evidence, good):
            continue
        readings = evidence.history.status_readings.get(good.transaction_id, ())
        waited = [
            call.begun_us - good.accepted_us
            for call in readings
            if call.do == READ_TRANSFER and call.status == PENDING and call.begun_us >= good.accepted_us + within_us
        ]
        if waited:
            what = told(evidence.town, good)
            yield Finding(
                CHECKER.id,
                f"After an unreadable record {record.bank} was slow to take {what}: "
                f"{seconds(max(waited))} later it was still pending.",
                f"final within {seconds(round(within_us))}",
                f"pending after {seconds(max(waited))}",
                (good.transaction_id,),
                LATE,
            )
    yield from _out_of_sight(evidence)


def _next_good_one(evidence: Evidence, record: HostileRecord) -> Sent | None:
    after = [
        sent
        for sent in evidence.history.accepted.values()
        if sent.to_bank == record.bank and not sent.is_local and sent.accepted_us >= record.at_us
    ]
    return min(after, key=lambda sent: sent.accepted_us, default=None)


def _disturbed(evidence: Evidence, good: Sent) -> bool:
    """Something else was broken, at the bank that sends or the one that receives."""
    until_us = good.accepted_us + WITHIN_US
    return any(evidence.disturbed(bank, good.accepted_us, until_us) for bank in (good.from_bank, good.to_bank))


def _out_of_sight(evidence: Evidence) -> Iterator[Finding]:
    written = Counter(record.bank for record in evidence.hostile if record.kind == POISON)
    for bank, count in written.items():
        books = (evidence.books or {}).get(bank)
        if books is not None and books.quarantined is not None and books.quarantined < count:
            yield Finding(
                CHECKER.id,
                f"{bank} was sent {count} unreadable records, and shows an operator {books.quarantined} of them.",
                f"{count} set aside",
                f"{books.quarantined} set aside",
                weight=DIAGNOSIS,
            )


CHECKER = Checker("Q15", "E", "Poison stops nobody", poison)
