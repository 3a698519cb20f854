"""Q13: a definite no has no effect; where no answer came there is one effect or none. And who may not send money gets a
no.
"""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.calls import TRANSFER
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.checkers.strays import Stray, strays
from federation.grading.evidence import Evidence
from federation.grading.plan import AUDITOR, NOBODY, STRANGER
from federation.grading.telling import money

WHO = {NOBODY: "somebody without a token", STRANGER: "a teller of another bank", AUDITOR: "an auditor"}


def refusal(evidence: Evidence) -> Iterator[Finding]:
    for stray in strays(evidence):
        if stray.by in ("unknown", "repeated"):
            continue
        yield Finding(
            CHECKER.id,
            _sentence(evidence, stray),
            "no debit",
            f"{money(stray.amount_minor)} debited as {stray.transaction_id}",
            (stray.transaction_id,),
            cents=stray.amount_minor,
        )
    for call in evidence.history.done(TRANSFER):
        if who := WHO.get(call.client):
            sentence = (
                f"{call.bank} took {money(call.amount_minor)} from {evidence.town.label(call.account)} for {who}."
            )
            yield Finding(CHECKER.id, sentence, "a refusal", "a yes", (call.transaction_id,))


def _sentence(evidence: Evidence, stray: Stray) -> str:
    debit = f"{money(stray.amount_minor)} from {evidence.town.label(stray.account)}"
    if stray.order is not None:
        said = f"{stray.order.bank} refused key {stray.order.key} with {stray.order.http_status}"
        return f"{said}, and took {debit} all the same (transfer {stray.transaction_id})."
    return f"A transfer {stray.transaction_id} took {debit}, and no request that is left over explains it."


CHECKER = Checker("Q13", "A", "A refusal has no effect", refusal)
