"""Q06: completed at the sender means credited at the receiver, rejected means refunded once and not credited."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.calls import COMPLETED, REJECTED
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import Evidence
from federation.grading.history import Sent
from federation.grading.telling import times
from federation.grading.telling import transfer as told


def both_ends(evidence: Evidence) -> Iterator[Finding]:
    final = evidence.history.final
    for id_, sent in evidence.history.accepted.items():
        if sent.from_account not in final.statements:
            continue
        payee_is_read = sent.to_account in final.statements or evidence.town.find(sent.to_account) is None
        credits, refunds = _plus(evidence, id_, sent.to_account), _plus(evidence, id_, sent.from_account)
        match final.transfers.get(id_):
            case "completed" if refunds:
                yield _finding(evidence, sent, COMPLETED, "credited, not refunded", f"refunded {times(refunds)}")
            case "completed" if payee_is_read and not credits:
                yield _finding(evidence, sent, COMPLETED, "credited", "not credited")
            case "rejected" if payee_is_read and credits:
                yield _finding(evidence, sent, REJECTED, "not credited", f"credited {times(credits)}")
            case "rejected" if refunds != 1:
                yield _finding(evidence, sent, REJECTED, "refunded once", f"refunded {times(refunds)}")


def _plus(evidence: Evidence, id_: str, account: str) -> int:
    """How many lines of the transfer brought money to this account."""
    return sum(number == account and line.amount_minor > 0 for number, line in evidence.history.final.lines_of(id_))


def _finding(evidence: Evidence, sent: Sent, status: str, expected: str, seen: str) -> Finding:
    what = told(evidence.town, sent)
    return Finding(
        CHECKER.id,
        f"{sent.from_bank} calls {what} {status}, but it was {seen}.",
        expected,
        seen,
        (sent.transaction_id,),
        cents=sent.amount_minor,
    )


CHECKER = Checker("Q06", "E", "Both ends agree on what became of a transfer", both_ends)
