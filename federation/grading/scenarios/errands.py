"""Transfers that a scenario needs for itself, beside what is drawn: who sends whom something small at which event.

Amounts, accounts and keys come from the scenario's dice, so the same run asks the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bank_node.ledger.account import make_number
from federation.grading.calls import TRANSFER
from federation.grading.plan import CROSS, LOCAL, NOWHERE, OVER, Step
from federation.grading.scenarios.stage import Stage
from federation.grading.town import CLOSED, CURRENCY, PLAIN, PURPOSES, Account, Bank
from federation.grading.workload import OVER_MINOR

AMOUNT_MAX_MINOR = 3_00  # so little that a whole course of them empties no account
PLAIN_ACCOUNTS = PURPOSES.count(PLAIN)
NOBODYS_SERIAL = 9_500_000


class Errands:
    def __init__(self, stage: Stage) -> None:
        self._town, self._dice, self._count = stage.town, stage.dice, 0
        self._mark = f"{stage.dice.below(16**8):08x}"

    @property
    def banks(self) -> Sequence[Bank]:
        return self._town.banks

    def rounds(self, events: Iterable[int]) -> list[Step]:
        """At each of these events every bank sends something to another one."""
        return [self.cross(event, bank.id) for event in events for bank in self.banks]

    def cross(self, event: int, payer: str, payee: str = "") -> Step:
        """To this bank, or one of the others."""
        home = self._town.bank(payer)
        other = self._town.bank(payee or self._dice.one_of([bank.id for bank in self.banks if bank.id != payer]))
        return self.pay(event, CROSS, self._plain(home), other.id, self._plain(other).number)

    def to(self, bank: str, events: Iterable[int]) -> list[Step]:
        """At each of these events one of the others sends this bank something."""
        others = [one.id for one in self.banks if one.id != bank]
        return [self.cross(event, self._dice.one_of(others), bank) for event in events]

    def local(self, event: int, bank: str) -> Step:
        one, other = self._dice.some_of([a for a in self._town.bank(bank).accounts if a.purpose == PLAIN], 2)
        return self.pay(event, LOCAL, one, bank, other.number)

    def nowhere(self, event: int, payer: str, payee: str) -> Step:
        """To an account of this bank that nobody has: it will come back."""
        number = make_number(payee, NOBODYS_SERIAL + self._count)
        return self.pay(event, NOWHERE, self._plain(self._town.bank(payer)), payee, number)

    def closed(self, event: int, payer: str, payee: str) -> Step:
        """To an account that takes nothing any more."""
        shut = self._town.bank(payee).account(CLOSED).number
        return self.pay(event, NOWHERE, self._plain(self._town.bank(payer)), payee, shut)

    def over(self, event: int, payer: str, payee: str) -> Step:
        """More than there is; payer and payee may be the same bank."""
        one, other = self._dice.some_of([a for a in self._town.bank(payer).accounts if a.purpose == PLAIN], 2)
        number = other.number if payee == payer else self._plain(self._town.bank(payee)).number
        return self.pay(event, OVER, one, payee, number, OVER_MINOR + self._dice.below(OVER_MINOR))

    def _plain(self, bank: Bank) -> Account:
        return bank.account(PLAIN, self._dice.below(PLAIN_ACCOUNTS))

    def pay(self, event: int, kind: str, payer: Account, to_bank: str, payee: str, amount: int | None = None) -> Step:
        """Without an amount something small."""
        self._count += 1
        id_ = f"e{self._mark}-{self._count}"
        place = [bank.id for bank in self.banks].index(payer.bank)
        request = {
            "from_account": payer.number,
            "to_bank": to_bank,
            "to_account": payee,
            "amount_minor": 1 + self._dice.below(AMOUNT_MAX_MINOR) if amount is None else amount,
            "currency": CURRENCY,
        }
        return Step(event, id_, f"teller{place + 1:02d}", payer.bank, TRANSFER, kind, request, key=f"k-{id_}")
