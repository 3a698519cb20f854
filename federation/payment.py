"""A payment made from outside, as `bankfed send` and the demo make it: order it at the payer's bank, watch it end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bank_node.ledger.account import bank_of
from bank_node.transfers.states import api_status, chip
from federation.client import BankClient

WAIT_S = 1.0  # one long poll; short, so that the seconds on the chip line run


@dataclass(frozen=True, slots=True)
class Payment:
    """What the payer's bank has said. `status` is pending, completed or rejected; `reason` is (code, words) or None."""

    transaction_id: str
    status: str
    state: str
    reason: tuple[str, str] | None
    seconds: float

    @property
    def final(self) -> bool:
        return self.status != "pending"

    @property
    def chip(self) -> str:
        """The state in the word that the pages use."""
        try:
            return chip(self.state).word
        except KeyError:
            return self.status


def order(
    client: BankClient,
    *,
    from_account: str,
    to_account: str,
    amount_minor: int,
    currency: str,
    key: str,
    reference: str | None = None,
) -> Payment:
    """Orders a payment between canonical account numbers. Raises BankRefused, BankAway (then: the same key again)."""
    answer = client.send(
        from_account=from_account,
        to_bank=bank_of(to_account),
        to_account=to_account,
        amount_minor=amount_minor,
        currency=currency,
        key=key,
        reference=reference,
    )
    return _read(answer, 0.0)


def watch(
    client: BankClient,
    payment: Payment,
    timeout_s: float,
    tell: Callable[[Payment], None] = lambda _payment: None,
    clock: Callable[[], float] = time.monotonic,
) -> Payment:
    """Follows a payment until it is final or `timeout_s` has passed; `tell` hears every look."""
    began = clock()
    tell(payment)
    while not payment.final and (left_s := timeout_s - (clock() - began)) > 0:
        answer = client.transfer(payment.transaction_id, wait_s=min(WAIT_S, max(left_s, 0.1)))
        payment = _read(answer, clock() - began)
        tell(payment)
    return replace(payment, seconds=round(clock() - began, 3))


def _read(answer: dict[str, Any], seconds: float) -> Payment:
    state = str(answer.get("state") or "")
    status = str(answer.get("status") or api_status(state))
    found = answer.get("reason")
    reason = None
    if isinstance(found, dict):
        reason = (str(found.get("code") or ""), str(found.get("text") or ""))
    elif found:
        reason = (str(found), str(answer.get("reason_text") or ""))
    return Payment(str(answer["transaction_id"]), status, state, reason, seconds)
