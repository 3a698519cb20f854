"""Before all else: each transfer has an id of its own in the whole federation. Where two banks use the same one, nobody
can say whose line in a statement is whose, and no checker is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.calls import TRANSFER
from federation.grading.checkers.finding import Finding
from federation.grading.evidence import Evidence

CONTRACT = "contract"  # stands where a checker's id would


def mixed_ids(evidence: Evidence) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for call in evidence.history.done(TRANSFER):
        bank = first.setdefault(call.transaction_id, call.bank)
        if bank != call.bank:
            yield Finding(
                CONTRACT,
                f"{bank} and {call.bank} both made a transfer with the id {call.transaction_id}: an id is used once in "
                "the whole federation. Nothing else could be judged.",
                "ids of its own for each bank",
                f"{call.transaction_id} twice",
                (call.transaction_id,),
            )
            return
