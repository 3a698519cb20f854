"""Readings that a scenario asks for by itself, and the same key once more: steps beside what is drawn.

Ids are of the play they belong to; a reading names the step whose transfer it is about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from federation.grading.calls import READ_ACCOUNT, READ_STATEMENT, READ_TRANSFER
from federation.grading.plan import LOOK, OF, REPEAT, Step


def transfer_of(step: Step, event: int) -> Step:
    """What has become of this step's transfer."""
    return replace(_look(step, event, f"{step.id}-look-{event}"), do=READ_TRANSFER, request={OF: step.id})


def by_id(bank: str, transaction_id: str, event: int) -> Step:
    """The same of a transfer whose id is known."""
    about = {"transaction_id": transaction_id}
    return Step(event, f"look-{transaction_id}-{event}", f"reader-{bank}", bank, READ_TRANSFER, LOOK, about)


def statement_of(step: Step, event: int, account: str = "") -> Step:
    """The statement of its payer, read by the same teller; or of another account of this bank."""
    account = account or str(step.request["from_account"])
    looked = _look(step, event, f"{step.id}-statement-{event}-{account}")
    return replace(looked, client=step.client, do=READ_STATEMENT, request={"account": account})


def balance_of(step: Step, event: int) -> Step:
    """What its payer has."""
    looked = _look(step, event, f"{step.id}-balance-{event}")
    return replace(looked, do=READ_ACCOUNT, request={"account": step.request["from_account"]})


def again(step: Step, event: int, number: int = 1, **changes: Any) -> Step:
    """Under the same key, of the same teller; with other content where something is changed."""
    said = {**step.request, **changes}
    return replace(step, event=event, id=f"{step.id}-again-{number}", kind=REPEAT, request=said, repeats=step.id)


def _look(step: Step, event: int, id_: str) -> Step:
    return Step(event, id_, f"reader-{step.bank}", step.bank, READ_TRANSFER, LOOK, {})
