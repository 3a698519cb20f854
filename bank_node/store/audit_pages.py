"""The audit log page by page, newest first, by person and by object; quick however long it is.

What is no booking has indexes of its own, and is found at once. Bookings have none (they would be paid for with every
payment), so a search that includes them looks back over so many rows at a time and says how far it came.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from bank_node.ledger.chain import Row
from bank_node.store import schema

LOOK_BACK = 40_000  # rows; some ten milliseconds

A = schema.audit_log.c
_ROWS = select(A.seq, A.at_us, A.actor, A.action, A.subject, A.facts, A.hash).order_by(A.seq.desc())


@dataclass(frozen=True, slots=True)
class Search:
    """`actor` and `subject` as they stand in the log; empty: whoever, whatever. `bookings`: entries too."""

    actor: str = ""
    subject: str = ""
    bookings: bool = True


@dataclass(frozen=True, slots=True)
class AuditPage:
    """`next_seq`: what to go on before; None at the end. `looked_back_us` where it stopped short of a full page."""

    rows: tuple[Row, ...]
    next_seq: int | None
    looked_back_us: int | None = None


def audit_page(connection: Connection, search: Search, *, before: int | None = None, limit: int = 50) -> AuditPage:
    """Up to `limit` rows before the row `before`, the newest first."""
    top = before if before is not None else _newest(connection) + 1
    query = _ROWS.where(A.seq < top).limit(limit + 1)
    if search.actor:
        query = query.where(A.actor == search.actor)
    if search.subject:
        query = query.where(A.subject == search.subject)
    if not search.bookings:
        query = query.where(text(schema.NO_BOOKING))
    floor = 0
    if search.bookings and (search.actor or search.subject):
        floor = max(0, top - LOOK_BACK)
        query = query.where(A.seq >= floor)
    found = [Row(*row) for row in connection.execute(query)]
    if len(found) > limit:
        return AuditPage(tuple(found[:limit]), found[limit - 1].seq)
    if floor > 1:
        return AuditPage(tuple(found), floor, _at(connection, floor))
    return AuditPage(tuple(found), None)


def _newest(connection: Connection) -> int:
    return connection.execute(select(A.seq).order_by(A.seq.desc()).limit(1)).scalar() or 0


def _at(connection: Connection, seq: int) -> int | None:
    return connection.execute(select(A.at_us).where(A.seq == seq)).scalar()


def account_codes(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """The numbers, or the chart's codes, of accounts that rows speak of by their id."""
    accounts = schema.accounts.c
    found = connection.execute(select(accounts.id, accounts.code).where(accounts.id.in_(ids)))
    return {row[0]: row[1] for row in found}
