"""Whether each account has the number, owner, currency and type the audit log speaks of: who pays Alice, pays Alice.

Numbers stand in the log only as hashes; the accounts of a seeded world have one together. Of accounts that an older
program opened it says no number, of a world that one seeded nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from bank_node.ledger.chart import CUSTOMER, kind_of
from bank_node.ledger.fingerprints import OpenedAccount, number_hash, world_hash
from bank_node.store import schema
from bank_node.store.audit_report import ChainReport
from bank_node.store.audit_rows import Said
from bank_node.store.audit_states import OPENED, SEEDED

A = schema.accounts.c
TERMS = "account_terms"
_CUSTOMERS = select(A.id, A.code, A.customer_id, A.type, A.currency).where(A.kind == CUSTOMER).order_by(A.id)
_OWN = select(A.id, A.code, A.kind).where(A.kind != CUSTOMER).order_by(A.id)


class AccountCheck:
    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._opened: dict[int, dict[str, Any]] = {}  # one by one, by staff
        self._first_type: dict[int, str] = {}  # of those whose type was ever changed
        self._type: dict[int, str] = {}
        self._worlds: list[Said] = []

    def take(self, said: list[Said]) -> None:
        for one in said:
            if one.row.action == OPENED and one.account is not None:
                id_ = one.account[0]
                if id_ in self._opened:
                    self._report.found("accounts", id_, f"it was opened before; {one.where} says so again")
                self._opened[id_] = one.facts
            elif one.row.action == TERMS and one.floor is not None:
                id_ = one.floor[0]
                self._first_type.setdefault(id_, one.facts["from"]["type"])
                self._type[id_] = one.facts["to"]["type"]
            elif one.row.action == SEEDED and "hash" in one.facts:
                self._worlds.append(one)

    def finish(self) -> None:
        wanted = set(self._opened)
        for id_, number, customer_id, type_, currency in self._connection.execute(_CUSTOMERS):
            wanted.discard(id_)
            facts = self._opened.get(id_, {})
            stands = {"customer": customer_id, "type": type_, "currency": currency}
            if "number" in facts:
                stands["number"] = number_hash(id_, number)
            known = {**facts, "type": self._type.get(id_, facts.get("type", type_))}
            if any(known.get(name, value) != value for name, value in stands.items()):
                self._report.found(
                    "accounts", id_, "its number, owner, type or currency is not what the audit log says"
                )
        for id_ in sorted(wanted):
            self._report.found("accounts", id_, "it is gone; the audit log speaks of it")
        for id_, code, kind in self._connection.execute(_OWN):
            if kind != kind_of(code):
                self._report.found("accounts", id_, f"it is called {code} and is of kind {kind}")
        for one in self._worlds:
            first, last = one.facts["first"], one.facts["last"]
            if world_hash(self._as_seeded(first, last)) != one.facts["hash"]:
                words = f"numbers, owners, types or currencies of these are not what {one.where} says"
                self._report.found("accounts", f"{first} to {last}", words)

    def _as_seeded(self, first: int, last: int) -> Iterator[OpenedAccount]:
        found = self._connection.execute(_CUSTOMERS.where(A.id.between(first, last)))
        for id_, number, customer_id, type_, currency in found:
            yield id_, number, customer_id, self._first_type.get(id_, type_), currency
