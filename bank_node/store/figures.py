"""Reads for the monitor. What only grows is read from where the last reading ended, so that asking stays cheap."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from bank_node.store.schema import accounts, bank_facts, decisions, entries
from bank_node.transfers.states import ACCEPTED


def entries_since(connection: Connection, after_id: int) -> tuple[dict[str, int], int]:
    """How many entries of each kind came after this one, and the newest entry's id."""
    newest = connection.execute(select(func.max(entries.c.id))).scalar_one() or 0
    fresh = (entries.c.id > after_id) & (entries.c.id <= newest)
    found = connection.execute(select(entries.c.kind, func.count()).where(fresh).group_by(entries.c.kind))
    return {row[0]: row[1] for row in found}, newest


def refusals_since(connection: Connection, after_us: int) -> tuple[int, int]:
    """How many messages were refused or cancelled after this moment, and the newest decision's moment."""
    newest = connection.execute(select(func.max(decisions.c.decided_us))).scalar_one() or 0
    fresh = (decisions.c.decided_us > after_us) & (decisions.c.decided_us <= newest)
    refused = select(func.count()).select_from(decisions).where(fresh, decisions.c.decision != ACCEPTED)
    return int(connection.execute(refused).scalar_one()), newest


def repeats_ignored(connection: Connection) -> int:
    """Messages that came again and changed nothing, as the units of work that ignored them have counted."""
    total = select(bank_facts.c.value).where(bank_facts.c.name == "repeats_ignored")
    return int(connection.execute(total).scalar() or 0)


def money_by_place(connection: Connection) -> dict[tuple[str, str], int]:
    """(kind of account, currency) to the sum of balances, credit-positive."""
    kinds = accounts.c.kind, accounts.c.currency
    found = connection.execute(select(*kinds, func.sum(accounts.c.balance)).group_by(*kinds))
    return {(row[0], row[1]): int(row[2] or 0) for row in found}
