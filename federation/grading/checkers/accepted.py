"""Q07: a transfer that a bank accepted is there in the end, whatever was killed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.calls import MISSING
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import Evidence
from federation.grading.telling import transfer as told


def accepted(evidence: Evidence) -> Iterator[Finding]:
    final = evidence.history.final
    for id_, sent in evidence.history.accepted.items():
        debited = any(number == sent.from_account and line.amount_minor < 0 for number, line in final.lines_of(id_))
        if final.transfers.get(id_) == MISSING:
            seen = f"{sent.from_bank} knows no such transfer"
        elif sent.from_account in final.statements and not debited:
            seen = f"the statement of {evidence.town.label(sent.from_account)} has no such debit"
        else:
            continue
        what = told(evidence.town, sent)
        yield Finding(
            CHECKER.id, f"{sent.from_bank} accepted {what}, and in the end {seen}.", "still there", seen, (id_,)
        )


CHECKER = Checker("Q07", "E", "What was accepted is not lost", accepted)
