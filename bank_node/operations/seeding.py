"""The world a bank starts with: customers and accounts with their opening deposits. Done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bank_node.clock import Ids
from bank_node.ledger.account import OPEN, read_number
from bank_node.ledger.errors import Refusal
from bank_node.ledger.fingerprints import OpenedAccount, world_hash
from bank_node.operations.cash import CashOrder, deposit
from bank_node.store.books import Books

FACT = "seeded"


@dataclass(frozen=True, slots=True)
class Seed:
    """A bank's entry of the world file; see `federation.world` for its shape."""

    customers: Sequence[dict[str, Any]]
    accounts: Sequence[dict[str, Any]]


def identify(books: Books, _now_us: int, _ids: Ids) -> None:
    """Writes down at the first start whose database this is; later refuses to serve another bank or federation."""
    charter = books.charter
    if books.customers.fact("bank_id") is None:
        books.audit.note("bank_founded", charter.bank_id, charter.bank_id, {"federation_id": charter.federation_id})
    for name, value in (("bank_id", charter.bank_id), ("federation_id", charter.federation_id)):
        found = books.customers.fact(name)
        if found is None:
            books.customers.set_fact(name, value)
        elif found != value:
            words = f"this database belongs to {name.replace('_', ' ')} {found}, not to {value}; choose another folder"
            raise Refusal("wrong_database", words)


def is_seeded(books: Books, _now_us: int, _ids: Ids) -> bool:
    return books.customers.fact(FACT) is not None


def seed(books: Books, now_us: int, ids: Ids, world: Seed) -> bool:
    """Opens what the entry lists; False where it was done before."""
    if is_seeded(books, now_us, ids):
        return False
    customers = {customer["name"]: _customer(books, now_us, customer) for customer in world.customers}
    opened: list[OpenedAccount] = []
    for account in world.accounts:
        owner = account["owner"]
        if owner not in customers:
            customers[owner] = books.customers.add(owner, None, None, now_us)
        opened.append(_account(books, now_us, ids, account, customers[owner]))
    books.customers.set_fact(FACT, str(now_us))
    changed = sum(account.get("state", OPEN) != OPEN for account in world.accounts)  # each has a row of its own
    noted: dict[str, Any] = {"customers": len(customers), "accounts": len(opened), "states": changed}
    if opened:
        noted |= {"first": opened[0][0], "last": opened[-1][0], "hash": world_hash(opened)}
    books.audit.note("world_seeded", "world", "opening", noted)
    return True


def _customer(books: Books, now_us: int, customer: dict[str, Any]) -> int:
    since = customer.get("since")
    since_us = int(datetime.fromisoformat(since).replace(tzinfo=UTC).timestamp()) * 1_000_000 if since else now_us
    return books.customers.add(customer["name"], customer.get("phone"), customer.get("born"), since_us)


def _account(books: Books, now_us: int, ids: Ids, account: dict[str, Any], customer_id: int) -> OpenedAccount:
    number = read_number(account["number"])
    currency, opening = account["currency"], account.get("opening_minor", 0)
    account_id = books.customers.add_account(now_us, number, customer_id, account["type"], currency)
    if opening:
        deposit(books, now_us, ids, CashOrder(number, opening, currency, actor="opening", reference="Opening deposit"))
    state = account.get("state", OPEN)
    if state != OPEN and books.customers.change_state(account_id, state):
        books.audit.note("account_state", f"account/{account_id}", "opening", {"from": OPEN, "to": state})
    return account_id, number, customer_id, account["type"], currency
