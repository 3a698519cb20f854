"""Unclaimed money: what came back for an account that was gone, item by item, until somebody is paid.

The sum of the items that are not paid is the balance of the bank's own account `unclaimed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from bank_node.store import schema
from bank_node.store.statements import Hot, Rows
from bank_node.store.transfers import SenderRow
from bank_node.store.unit import UnitOfWork

KEPT = Rows(schema.unclaimed, ["transaction_id", "account_id", "currency", "amount", "entry_id", "at_us"])
FETCH = Hot("SELECT id, transaction_id, account_id, currency, amount, paid_entry_id FROM unclaimed WHERE id = :id")
PAY = Hot(  # the entry is looked for, so that it is written before the row that refers to it
    "UPDATE unclaimed SET paid_entry_id = :entry_id, paid_us = :now, paid_by = :actor"
    " WHERE id = :id AND paid_us IS NULL AND EXISTS (SELECT 1 FROM entries WHERE entries.id = :entry_id)"
)

U, A, C = schema.unclaimed.c, schema.accounts.c, schema.customers.c


@dataclass(frozen=True, slots=True)
class UnclaimedItem:
    id: int
    transaction_id: str
    account_id: int
    currency: str
    amount_minor: int
    paid_entry_id: int | None


@dataclass(frozen=True, slots=True)
class UnclaimedRow:
    """`account` and `owner` are those the money was meant for."""

    id: int
    transaction_id: str
    account: str
    owner: str
    currency: str
    amount_minor: int
    entry_id: int
    at_us: int
    paid_entry_id: int | None
    paid_us: int | None
    paid_by: str | None


class Unclaimed:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def keep(self, now_us: int, transfer: SenderRow, amount_minor: int, entry_id: int) -> None:
        """Money of this transfer could not go back to its payer; the entry, booked before, has put it aside."""
        item = (transfer.transaction_id, transfer.account_id, transfer.currency, amount_minor, entry_id, now_us)
        self._unit.add_tuple(KEPT, item)
        self._unit.ring("attention")

    def item(self, id_: int) -> UnclaimedItem | None:
        row = self._unit.one(FETCH, {"id": id_})
        return None if row is None else UnclaimedItem(*row)

    def pay(self, now_us: int, id_: int, entry_id: int, actor: str) -> bool:
        """Marks an item as paid by this entry; False where it was paid before."""
        self._unit.ring("attention")
        return self._unit.change(PAY, {"id": id_, "entry_id": entry_id, "now": now_us, "actor": actor}) == 1


def is_unclaimed(connection: Connection, transaction_id: str) -> bool:
    """Whether money of this transfer came back for an account that was closed. Few items are ever kept."""
    return connection.execute(select(U.id).where(U.transaction_id == transaction_id).limit(1)).first() is not None


def unclaimed(
    connection: Connection, *, before_id: int | None = None, limit: int = 50, paid: bool | None = None
) -> list[UnclaimedRow]:
    """Items, newest first; only those paid, or not yet paid, if asked for."""
    query: Select[*tuple[Any, ...]] = (
        select(
            U.id,
            U.transaction_id,
            A.code,
            C.name,
            U.currency,
            U.amount,
            U.entry_id,
            U.at_us,
            U.paid_entry_id,
            U.paid_us,
            U.paid_by,
        )
        .join_from(schema.unclaimed, schema.accounts, A.id == U.account_id)
        .join(schema.customers, C.id == A.customer_id)
        .order_by(U.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(U.id < before_id)
    if paid is not None:
        query = query.where(U.paid_us.is_not(None) if paid else U.paid_us.is_(None))
    return [UnclaimedRow(*row) for row in connection.execute(query)]
