"""Brings snapshots that were read one after the other to one moment, so that the laws may be asked.

A snapshot is one moment of its bank, but the banks' moments differ, and money moves between them. Only two pictures
are impossible at one moment: a bank that credited a transfer which its sender does not know yet (the sender was read
too early), and a sender that knows the end of a transfer which the receiver has not decided yet (the receiver was). In
both the bank behind is asked again about just these transfers, and its snapshot is brought forward by exactly what
that transfer did there. What is still impossible then is no matter of time: the laws find it.

Nothing else is taken from the second look: a row that went further meanwhile is brought forward by one step only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bank_node.ledger.chart import BOTTOM, CLEARING, CUSTOMER, SUSPENSE_OUT, clearing
from bank_node.ledger.laws import AccountLine
from bank_node.transfers.snapshot import BankSnapshot, DecisionLine, SenderLine
from bank_node.transfers.states import ACCEPTED, COMPLETED, FINAL, OPEN, PENDING, RETURN
from federation.audit.reading import Reread

MEANWHILE = "moved while reading"  # stands for the customers' accounts; the laws only need their sum

Federation = Mapping[str, BankSnapshot]


def behind(banks: Federation) -> dict[str, list[str]]:
    """Per bank, the transfers it must be asked about again because its snapshot is older than another's."""
    ids: dict[str, set[str]] = defaultdict(set)
    for name, decision in _unknown_to_sender(banks):
        ids[name] |= {decision.transaction_id} | _original(decision)
    for name, _, row in _undecided(banks):
        ids[name] |= {row.transaction_id}
    return {name: sorted(found) for name, found in ids.items()}


def at_one_moment(banks: Federation, reread: Reread) -> dict[str, BankSnapshot]:
    """The snapshots, brought forward where one was read too early."""
    again = {name: reread(name, ids) for name, ids in behind(banks).items()}
    pages = {name: _Page(banks[name], again[name]) for name in again}
    for name, decision in _unknown_to_sender(banks):
        pages[name].send(decision.transaction_id)
    for name, sender, row in _undecided(banks):
        pages[name].decide(sender, row.transaction_id)
    return {name: pages[name].snapshot() if name in pages else bank for name, bank in banks.items()}


def _unknown_to_sender(banks: Federation) -> Iterator[tuple[str, DecisionLine]]:
    """(sender, decision): money credited for a transfer that its sender's snapshot does not have."""
    for bank in banks.values():
        for decision in bank.decided:
            sender = banks.get(decision.from_bank)
            if decision.decision != ACCEPTED or sender is None or bank.suspect or sender.suspect:
                continue  # a bank that forgot what it did is behind for ever, not by a moment
            if sender.row_of(decision.transaction_id) is None:
                yield sender.bank_id, decision


def _undecided(banks: Federation) -> Iterator[tuple[str, str, SenderLine]]:
    """(receiver, sender, row): ended at its sender, without a decision in the receiver's snapshot."""
    for bank in banks.values():
        for row in bank.sent:
            receiver = banks.get(row.to_bank)
            if row.state not in FINAL or receiver is None or receiver is bank or bank.suspect or receiver.suspect:
                continue
            if receiver.decision_on(bank.bank_id, row.transaction_id) is None:
                yield receiver.bank_id, bank.bank_id, row


def _original(decision: DecisionLine) -> set[str]:
    return {decision.original_transaction_id} if decision.original_transaction_id else set()


class _Page:
    """One bank's snapshot while it is brought forward by what a second look says."""

    def __init__(self, first: BankSnapshot, second: BankSnapshot) -> None:
        self._first = first
        self._second = second
        self._rows = list(first.sent)
        self._decisions = list(first.decided)
        self._moved: dict[tuple[str, str, str], int] = defaultdict(int)

    def send(self, transaction_id: str) -> None:
        """The sender row as it was on its first day: customer → suspense:out."""
        row = self._second.row_of(transaction_id)
        if row is None or any(known.transaction_id == transaction_id for known in self._rows[len(self._first.sent) :]):
            return  # it was never sent, or two banks credited it: I6 will say so
        if row.original_transaction_id:
            self._reserve(row)
        self._rows.append(replace(row, state=PENDING, returned_minor=0))
        self._move(CUSTOMER, MEANWHILE, row.currency, -row.amount_minor)
        self._move(SUSPENSE_OUT, SUSPENSE_OUT, row.currency, row.amount_minor)

    def decide(self, from_bank: str, transaction_id: str) -> None:
        """The receiver's decision: clearing → customer if it was accepted, nothing else if not."""
        decision = self._second.decision_on(from_bank, transaction_id)
        if decision is None:
            return  # it was never decided: I3 will say so
        self._decisions.append(replace(decision, reserved_minor=0))
        if decision.decision != ACCEPTED or decision.currency is None or decision.amount_minor is None:
            return
        if decision.kind == RETURN and decision.original_transaction_id:
            self._take_back(decision.original_transaction_id, decision.amount_minor)
        self._move(CLEARING, clearing(from_bank), decision.currency, -decision.amount_minor)
        self._move(CUSTOMER, MEANWHILE, decision.currency, decision.amount_minor)

    def _reserve(self, row: SenderLine) -> None:
        """A return holds its amount on the decision about its original, which may be as young as itself."""
        key = (row.to_bank, row.original_transaction_id)
        if not any((d.from_bank, d.transaction_id) == key for d in self._decisions):
            self.decide(row.to_bank, row.original_transaction_id or "")
        self._decisions = [
            replace(d, reserved_minor=d.reserved_minor + row.amount_minor)
            if (d.from_bank, d.transaction_id) == key
            else d
            for d in self._decisions
        ]

    def _take_back(self, original_id: str, amount_minor: int) -> None:
        """An accepted return concludes its original first, if that was open."""
        for i, row in enumerate(self._rows):
            if row.transaction_id != original_id:
                continue
            if row.state in OPEN:
                self._move(SUSPENSE_OUT, SUSPENSE_OUT, row.currency, -row.amount_minor)
                self._move(CLEARING, clearing(row.to_bank), row.currency, row.amount_minor)
            returned = row.returned_minor + amount_minor
            self._rows[i] = replace(row, state=COMPLETED, due_us=None, returned_minor=returned)

    def _move(self, kind: str, code: str, currency: str, amount_minor: int) -> None:
        self._moved[kind, code, currency] += amount_minor

    def snapshot(self) -> BankSnapshot:
        accounts = []
        for account in self._first.accounts:
            moved = self._moved.pop((account.kind, account.code, account.currency), 0)
            changed = replace(
                account, balance_minor=account.balance_minor + moved, posted_minor=account.posted_minor + moved
            )
            accounts.append(changed if moved else account)
        for (kind, code, currency), moved in self._moved.items():
            accounts.append(AccountLine(code, kind, currency, moved, 0, BOTTOM, moved))
        return replace(
            self._first,
            accounts=accounts,
            sent=self._rows,
            decided=self._decisions,
            _sent_by_id={},
            _decided_by_id={},
        )
