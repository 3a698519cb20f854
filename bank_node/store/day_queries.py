"""The list of the end of day as it stands: drawers, requests, queued payments, the trial balance."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from bank_node.store import schema
from bank_node.store.approvals import waiting_count
from bank_node.store.business_dates import BusinessDay, business_day, trial_balance
from bank_node.store.drawers import DrawerRow, open_drawers
from bank_node.transfers.messages import REQUESTED, RETURNED

QUEUED_MAX = 50  # listed; all are counted


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """A payment or return that waits for the broker, and carries over."""

    transaction_id: str
    to_bank: str
    to_name: str | None
    amount_minor: int
    currency: str
    queued_us: int


@dataclass(frozen=True, slots=True)
class Checklist:
    day: BusinessDay
    drawers: list[DrawerRow]
    approvals: int
    queued: list[QueuedRow]
    queued_count: int
    trial: dict[str, int]

    @property
    def date(self) -> str:
        return self.day.date

    @property
    def is_balanced(self) -> bool:
        return not any(self.trial.values())

    @property
    def is_done(self) -> bool:
        """Queued payments never stand in the way."""
        return not self.drawers and not self.approvals and self.is_balanced


def checklist(connection: Connection, now_us: int) -> Checklist:
    o, t = schema.outbox.c, schema.transfers.c
    queued = (o.lane == "money", o.published_us.is_(None), o.parked.is_(None), o.type.in_((REQUESTED, RETURNED)))
    rows = connection.execute(
        select(t.transaction_id, t.to_bank, t.to_name, t.amount, t.currency, o.created_us)
        .join_from(schema.outbox, schema.transfers, t.transaction_id == o.transaction_id)
        .where(*queued)
        .order_by(o.seq)
        .limit(QUEUED_MAX)
    )
    return Checklist(
        day=business_day(connection, now_us),
        drawers=open_drawers(connection),
        approvals=waiting_count(connection, now_us),
        queued=[QueuedRow(*row) for row in rows],
        queued_count=connection.execute(select(func.count()).select_from(schema.outbox).where(*queued)).scalar_one(),
        trial=trial_balance(connection),
    )
