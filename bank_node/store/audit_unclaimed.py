"""Whether unclaimed money is what the entries put aside, item by item, and paid out as the audit log says.

Each item is paid out once: a second line of that is a finding, whatever its row says.
The entries and transfers themselves are held against the log elsewhere, also those from before there was one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, select

from bank_node.ledger.chart import UNCLAIMED
from bank_node.store import schema
from bank_node.store.audit_report import FINDINGS_MAX, ChainReport
from bank_node.store.audit_rows import Said

U, E, P = schema.unclaimed.c, schema.entries.c, schema.postings.c
T, A = schema.transfers.c, schema.accounts.c
_KEPT = (U.transaction_id, U.currency, U.amount, U.at_us, U.account_id)
_PUT_ASIDE = (E.transaction_id, E.currency, P.amount, E.at_us, T.account_id)
NOT_PAID = (None, None, None)


class UnclaimedCheck:
    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._paid: dict[int, tuple[int | None, int, str]] = {}  # item: entry, moment, by whom; few, staff do it

    def take(self, said: list[Said]) -> None:
        for one in said:
            if one.paid_out is not None:
                if one.paid_out in self._paid:
                    self._report.found("unclaimed", one.paid_out, f"it was paid out before; {one.where} says so again")
                self._paid[one.paid_out] = (one.entry_id, one.row.at_us, one.row.actor)

    def finish(self) -> None:
        own = self._connection.execute(select(A.id).where(A.kind == UNCLAIMED)).scalars().all()
        earlier = None
        for id_, entry_id, *more in self._connection.execute(_items(own)):
            kept, put_aside, paid = tuple(more[:5]), tuple(more[5:10]), tuple(more[10:])
            if kept != put_aside or entry_id == earlier:
                self._report.found("unclaimed", id_, f"it is not what entry {entry_id} put aside")
            elif paid != self._paid.get(id_, NOT_PAID):
                self._report.found("unclaimed", id_, "it is not paid out as the audit log says")
            earlier = entry_id
        for entry_id in self._connection.execute(_without_item(own)).scalars():
            self._report.found("unclaimed", f"of entry {entry_id}", "it is gone; the entry put it aside")


def _items(own: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """Each item beside the entry that it names; `own` are the accounts of unclaimed money."""
    posted = and_(P.account_id.in_(own), P.entry_id == U.entry_id, P.amount > 0)
    return (
        select(U.id, U.entry_id, *_KEPT, *_PUT_ASIDE, U.paid_entry_id, U.paid_us, U.paid_by)
        .select_from(schema.unclaimed)
        .outerjoin(schema.entries, E.id == U.entry_id)
        .outerjoin(schema.postings, posted)
        .outerjoin(schema.transfers, T.transaction_id == U.transaction_id)
        .order_by(U.entry_id, U.id)
    )


def _without_item(own: Sequence[int]) -> Select[*tuple[int]]:
    put_aside = select(P.entry_id).where(P.account_id.in_(own), P.amount > 0, P.entry_id.not_in(select(U.entry_id)))
    return put_aside.order_by(P.entry_id).limit(FINDINGS_MAX)
