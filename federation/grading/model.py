"""A federation on one sheet of paper: balances, and transfers that have left and not yet arrived. It says what each
step must come to; whoever did something else disagrees with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from federation.grading.calls import COMPLETED, PENDING, REJECTED
from federation.grading.history import Sent
from federation.grading.telling import money
from federation.grading.telling import transfer as told
from federation.grading.town import Town


class Disagreement(Exception):
    """The node did something that the model does not allow, in words."""


@dataclass(slots=True)
class Model:
    town: Town
    balances: dict[str, int] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)  # of transfers: pending, completed, rejected

    def __post_init__(self) -> None:
        self.balances = {account.number: account.opening_minor for account in self.town.accounts()}

    def must_arrive(self, sent: Sent) -> bool:
        """Whether the payee's account takes it."""
        payee = self.town.find(sent.to_account)
        return payee is not None and payee.is_open and payee.bank == sent.to_bank

    def debit(self, sent: Sent, amount_minor: int) -> None:
        if sent.transaction_id in self.states:
            raise Disagreement(f"{told(self.town, sent)} left twice")
        self._as_ordered(sent, amount_minor)
        self._add(sent.from_account, -amount_minor)
        self.states[sent.transaction_id] = PENDING

    def credit(self, sent: Sent, amount_minor: int) -> None:
        self._must_be_under_way(sent)
        self._as_ordered(sent, amount_minor)
        if not self.must_arrive(sent):
            raise Disagreement(f"{told(self.town, sent)} was credited to an account that takes nothing")
        self._add(sent.to_account, amount_minor)
        self.states[sent.transaction_id] = COMPLETED

    def refund(self, sent: Sent, amount_minor: int) -> None:
        self._must_be_under_way(sent)
        self._as_ordered(sent, amount_minor)
        if self.must_arrive(sent):
            raise Disagreement(f"{told(self.town, sent)} was sent back, though the account is open and takes it")
        self._add(sent.from_account, amount_minor)
        self.states[sent.transaction_id] = REJECTED

    def cash(self, account: str, amount_minor: int) -> None:
        """Paid in, or below zero paid out."""
        self._add(account, amount_minor)

    def _as_ordered(self, sent: Sent, amount_minor: int) -> None:
        if amount_minor != sent.amount_minor:
            raise Disagreement(f"{told(self.town, sent)} was booked with {money(amount_minor)}")

    def _must_be_under_way(self, sent: Sent) -> None:
        state = self.states.get(sent.transaction_id)
        if state is None:
            raise Disagreement(f"{told(self.town, sent)} arrived before it left")
        if state != PENDING:
            raise Disagreement(f"{told(self.town, sent)} moved again after it was {state}")

    def _add(self, account: str, amount_minor: int) -> None:
        found = self.town.find(account)
        floor = found.floor_minor if found else 0
        balance = self.balances[account] + amount_minor
        if amount_minor < 0 and balance < floor:
            raise Disagreement(
                f"{self.town.label(account)} paid {money(-amount_minor)} with {money(balance - amount_minor)} in it"
            )
        self.balances[account] = balance
