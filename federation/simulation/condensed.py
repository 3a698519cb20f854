"""Banks whose rows are added up as far as the laws of sums cannot tell them apart; small, whatever the banks did.

Open rows that the payee's bank has accepted already (U of the laws I4 and I5) are kept apart from the other open ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bank_node.ledger.chart import CUSTOMER
from bank_node.ledger.laws import AccountLine
from bank_node.store.standing import FACT as SUSPECT
from bank_node.transfers.snapshot import BankSnapshot, DecisionLine, SenderLine
from bank_node.transfers.states import ACCEPTED, COMPLETED, OPEN, PAYMENT, RETURN, SENT
from federation.simulation.mirror import Account, Mirror, Row

Key = tuple[str, str]  # sender, transaction id
_PARTS = _ACCOUNTS, _SENT, _DECIDED = "accounts", "sent", "decided"  # of a snapshot


@dataclass(slots=True)
class Changed:
    """By one unit of work."""

    accounts: list[AccountLine] = field(default_factory=list)
    transfers: list[Key] = field(default_factory=list)
    unbalanced: tuple[int, ...] = ()


class _Sums(defaultdict[tuple[str, ...], int]):
    """Amounts by whatever tells them apart."""

    def __init__(self) -> None:
        super().__init__(int)


class Condensed:
    def __init__(self, mirrors: dict[str, Mirror]) -> None:
        self._mirrors = mirrors
        self._banks: dict[str, BankSnapshot] = {}
        self._lines: dict[str, dict[str, list[Any]]] = {name: {} for name in mirrors}  # of the snapshots, by part
        self._stale = {name: set(_PARTS) for name in mirrors}  # parts that are older than the rows
        self._own: dict[str, dict[int, Account]] = {name: {} for name in mirrors}  # accounts that no customer has
        self._open: dict[tuple[str, str], int] = defaultdict(int)  # rows that are not final: by sender and receiver
        self._customers = {name: _Sums() for name in mirrors}  # (balance or posted, currency)
        self._sent = {name: _Sums() for name in mirrors}  # (state, to_bank, currency)
        self._accepted = {name: _Sums() for name in mirrors}  # (from_bank, currency)
        self._underway = {name: _Sums() for name in mirrors}  # of the sender: (row or decision, to_bank, currency)
        self._counted: dict[Key, tuple[str, str, int, int]] = {}  # what a transfer adds to these
        self._returns: dict[Key, list[Key]] = defaultdict(list)  # of a payment: what returns it
        self._returned: dict[Key, Key] = {}
        for name, mirror in mirrors.items():
            for number, account in mirror.accounts.items():
                self._add_account(name, number, account, 1)
            for row in mirror.sent.values():
                self._add_sent(name, row, 1)
            for decision in mirror.decided.values():
                self._add_decided(name, decision, 1)
        for name, mirror in mirrors.items():
            for id_, row in mirror.sent.items():
                self._count_underway((name, id_))
                self._link((name, id_), row.kind, (row.to_bank, row.original_transaction_id))
            for key, decision in mirror.decided.items():
                self._link(key, decision.kind, (name, decision.original_transaction_id))

    @property
    def open(self) -> int:
        """How many transfers are not final and can become so."""
        unsound = {name for name, mirror in self._mirrors.items() if mirror.unsound}
        return sum(count for pair, count in self._open.items() if unsound.isdisjoint(pair))

    def take(self, mirror: Mirror, rows: list[Row]) -> Changed:
        """Writes a committed unit of work into the mirror and the sums."""
        name, changed = mirror.bank_id, Changed()
        accounts: dict[int, Account] = {}
        entries: dict[int, int] = defaultdict(int)
        for kind, row in rows:
            if kind == "posting":
                account = accounts[row[0]] = mirror.accounts[row[0]]
                account.post(row[2])
                entries[row[1]] += row[2]
                self._stale[name].add(_ACCOUNTS)
                if account.kind == CUSTOMER:
                    self._customers[name]["posted", account.currency] += row[2]
            elif kind == "account":
                accounts[row[0]] = self._change_account(mirror, row)
            elif kind == "fact":
                mirror.suspect = mirror.suspect or row[0] == SUSPECT
                self._stale[name].add(_ACCOUNTS)  # whatever it is that is told: the snapshot is another one
            elif kind == "sent":
                self._change_sent(mirror, SenderLine(*row[:12]), changed)
            elif kind == "decided":
                self._change_decided(mirror, DecisionLine(*row[:9]), changed)
        changed.accounts = [account.line() for account in accounts.values()]
        changed.unbalanced = tuple(entry for entry, total in entries.items() if total)
        return changed

    def family(self, keys: Iterable[Key]) -> list[Key]:
        """These transfers, the payments they return, and every return of those."""
        found: dict[Key, None] = {}
        for key in keys:
            original = self._returned.get(key, key)
            found.update(dict.fromkeys((original, *self._returns.get(original, ()))))
        return list(found)

    def banks(self) -> dict[str, BankSnapshot]:
        for name, parts in self._stale.items():
            if not parts:
                continue
            lines = self._lines[name]
            if _ACCOUNTS in parts:
                lines[_ACCOUNTS] = self._account_lines(name)
            if _SENT in parts:
                lines[_SENT] = self._sent_lines(name)
            if _DECIDED in parts:
                lines[_DECIDED] = self._decided_lines(name)
            parts.clear()
            self._banks[name] = BankSnapshot(
                name,
                "",
                0,
                suspect=self._mirrors[name].unsound,
                accounts=lines[_ACCOUNTS],
                sent=lines[_SENT],
                decided=lines[_DECIDED],
            )
        return self._banks

    # One row more or less

    def _change_account(self, mirror: Mirror, row: tuple[Any, ...]) -> Account:
        earlier, account = mirror.accounts.get(row[0]), Account(*row[1:])
        if earlier is not None:
            account.post(earlier.posted_minor)
            self._add_account(mirror.bank_id, row[0], earlier, -1)
        self._add_account(mirror.bank_id, row[0], account, 1)
        mirror.accounts[row[0]] = account
        return account

    def _change_sent(self, mirror: Mirror, row: SenderLine, changed: Changed) -> None:
        earlier = mirror.sent.get(row.transaction_id)
        if earlier is not None:
            self._add_sent(mirror.bank_id, earlier, -1)
        mirror.sent[row.transaction_id] = row
        self._add_sent(mirror.bank_id, row, 1)
        if earlier is not None and _told_apart(earlier) == _told_apart(row):
            return
        key = (mirror.bank_id, row.transaction_id)
        self._link(key, row.kind, (row.to_bank, row.original_transaction_id))
        changed.transfers.append(key)
        self._count_underway(key)

    def _change_decided(self, mirror: Mirror, row: DecisionLine, changed: Changed) -> None:
        key = (row.from_bank, row.transaction_id)
        earlier = mirror.decided.get(key)
        if earlier == row:
            return
        if earlier is not None:
            self._add_decided(mirror.bank_id, earlier, -1)
        mirror.decided[key] = row
        self._add_decided(mirror.bank_id, row, 1)
        self._link(key, row.kind, (mirror.bank_id, row.original_transaction_id))
        changed.transfers.append(key)
        self._count_underway(key)

    def _link(self, key: Key, kind: str, original: tuple[str, str | None]) -> None:
        sender, id_ = original
        if kind == RETURN and id_ is not None and key not in self._returned:
            self._returned[key] = (sender, id_)
            self._returns[sender, id_].append(key)

    def _add_account(self, name: str, number: int, account: Account, sign: int) -> None:
        self._stale[name].add(_ACCOUNTS)
        if account.kind != CUSTOMER:
            self._own[name][number] = account
        else:
            sums = self._customers[name]
            sums["balance", account.currency] += sign * account.balance_minor
            sums["posted", account.currency] += sign * account.posted_minor

    def _add_sent(self, name: str, row: SenderLine, sign: int) -> None:
        self._stale[name].add(_SENT)
        state = row.state
        if state in OPEN:
            state = SENT
            self._open[name, row.to_bank] += sign
        self._sent[name][state, row.to_bank, row.currency] += sign * row.amount_minor

    def _add_decided(self, name: str, row: DecisionLine, sign: int) -> None:
        self._stale[name].add(_DECIDED)
        if row.decision == ACCEPTED:
            self._accepted[name][row.from_bank, row.currency or ""] += sign * (row.amount_minor or 0)

    def _count_underway(self, key: Key) -> None:
        sender, id_ = key
        if sender not in self._mirrors:
            return
        row, counted = self._mirrors[sender].sent.get(id_), None
        if row is not None and row.state in OPEN and row.to_bank in self._mirrors:
            decision = self._mirrors[row.to_bank].decided.get(key)
            if decision is not None and decision.decision == ACCEPTED:
                counted = (row.to_bank, row.currency, row.amount_minor, decision.amount_minor or 0)
        before = self._counted.get(key)
        if counted != before:
            for what, sign in ((before, -1), (counted, 1)):
                if what is not None:
                    self._stale[sender].add(_SENT)
                    self._stale[what[0]].add(_DECIDED)
                    self._underway[sender]["row", what[0], what[1]] += sign * what[2]
                    self._underway[sender]["decision", what[0], what[1]] += sign * what[3]
            if counted is None:
                del self._counted[key]
            else:
                self._counted[key] = counted

    # The lines the laws read

    def _account_lines(self, name: str) -> list[AccountLine]:
        sums = self._customers[name]
        lines = [account.line() for account in self._own[name].values()]
        for what, currency in list(sums):
            if what == "balance":
                lines.append(_customers(currency, sums[what, currency], sums["posted", currency]))
        return lines

    def _sent_lines(self, name: str) -> list[SenderLine]:
        lines = []
        underway = self._underway[name]
        for (state, to_bank, currency), total in self._sent[name].items():
            accepted = underway.get(("row", to_bank, currency), 0) if state == SENT else 0
            lines.append(_sent(f"{currency}-{state}", to_bank, total - accepted, currency, state))
            if accepted:
                lines.append(_sent(f"{currency}-underway", to_bank, accepted, currency, state))
        return lines

    def _decided_lines(self, name: str) -> list[DecisionLine]:
        lines = []
        for (from_bank, currency), total in self._accepted[name].items():
            sums = self._underway.get(from_bank)
            underway = sums.get(("decision", name, currency), 0) if sums is not None else 0
            lines.append(_decided(from_bank, f"{currency}-{COMPLETED}", total - underway, currency))
            if underway:
                lines.append(_decided(from_bank, f"{currency}-underway", underway, currency))
        return lines


def _told_apart(row: SenderLine) -> tuple[object, ...]:
    """What a law may look at; on its way it may be here or there."""
    state = SENT if row.state in OPEN else row.state
    return state, row.amount_minor, row.content_hash, row.returned_minor


@lru_cache(4_096)  # from one commit to the next hardly any of these changes
def _customers(currency: str, balance: int, posted: int) -> AccountLine:
    return AccountLine("customers", CUSTOMER, currency, balance, 0, 0, posted)


@lru_cache(4_096)
def _sent(id_: str, to_bank: str, amount: int, currency: str, state: str) -> SenderLine:
    return SenderLine(id_, PAYMENT, None, to_bank, amount, currency, state, "", 0, 0, 0, None)


@lru_cache(4_096)
def _decided(from_bank: str, id_: str, amount: int, currency: str) -> DecisionLine:
    return DecisionLine(from_bank, id_, PAYMENT, ACCEPTED, "", None, amount, currency, 0)
