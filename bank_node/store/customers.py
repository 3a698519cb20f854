"""Customers and their accounts, as operations open and change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bank_node.ledger.account import make_number
from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork

ADD = insert(schema.customers, ["name", "search_name", "phone", "born", "since_us"], "RETURNING id")
EXISTS = Hot("SELECT id FROM customers WHERE id = :id")
ADD_ACCOUNT = insert(schema.accounts, ["code", "currency", "kind", "type", "customer_id", "opened_us"], "RETURNING id")
HIGHEST = Hot("SELECT max(id) FROM accounts")
STANDING = Hot(
    "SELECT id, state, balance, held, version, floor, type, currency, label FROM accounts"
    " WHERE code = :number AND kind = 'customer'"
)
CHANGE_STATE = Hot(
    "UPDATE accounts SET state = :to_state, version = version + 1"
    " WHERE id = :id AND (:to_state <> 'closed' OR (balance = 0 AND held = 0))"
)
CHANGE_TERMS = Hot(
    "UPDATE accounts SET type = :type, floor = :floor, version = version + 1"
    " WHERE id = :id AND state <> 'closed' AND balance - held >= :floor"
)
LABEL = Hot("UPDATE accounts SET label = :label, version = version + 1 WHERE id = :id")
FACT = Hot("SELECT value FROM bank_facts WHERE name = :name")
SET_FACT = insert(schema.bank_facts, ["name", "value"], "ON CONFLICT (name) DO UPDATE SET value = excluded.value")


@dataclass(frozen=True, slots=True)
class AccountStanding:
    id: int
    state: str
    balance_minor: int
    held_minor: int
    version: int
    floor_minor: int
    type: str
    currency: str
    label: str | None

    @property
    def available_minor(self) -> int:
        return max(0, self.balance_minor - self.held_minor - self.floor_minor)


class CustomerBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def add(self, name: str, phone: str | None, born: str | None, since_us: int) -> int:
        row = {"name": name, "search_name": name.casefold(), "phone": phone, "born": born, "since_us": since_us}
        return int(self._unit.change_one(ADD, row)[0])

    def exists(self, customer_id: int) -> bool:
        return self._unit.one(EXISTS, {"id": customer_id}) is not None

    def add_account(self, now_us: int, number: str, customer_id: int, type_: str, currency: str) -> int:
        row: dict[str, Any] = {"code": number, "currency": currency, "kind": "customer", "type": type_}
        return int(self._unit.change_one(ADD_ACCOUNT, {**row, "customer_id": customer_id, "opened_us": now_us})[0])

    def next_number(self, bank_id: str) -> str:
        """A number no account has; serials of opened accounts start above those of the seeded world."""
        highest = self._unit.one(HIGHEST, {})[0] or 0
        return make_number(bank_id, 1_000_000 + highest + 1)

    def standing(self, number: str) -> AccountStanding | None:
        row = self._unit.one(STANDING, {"number": number})
        return None if row is None else AccountStanding(*row)

    def change_state(self, account_id: int, state: str) -> bool:
        """False where an account with money on it should be closed."""
        return self._unit.change(CHANGE_STATE, {"id": account_id, "to_state": state}) == 1

    def change_terms(self, account_id: int, type_: str, floor_minor: int) -> bool:
        """False, and nothing happened, where too little is available for the new floor, or the account is closed."""
        return self._unit.change(CHANGE_TERMS, {"id": account_id, "type": type_, "floor": floor_minor}) == 1

    def label(self, account_id: int, label: str | None) -> None:
        self._unit.change(LABEL, {"id": account_id, "label": label})

    def fact(self, name: str) -> str | None:
        """A fact the bank keeps about itself."""
        row = self._unit.one(FACT, {"name": name})
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        self._unit.change(SET_FACT, {"name": name, "value": value})
