"""What the news are told from: rows of the audit log with what must be looked up, and how far they have been told."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from bank_node.ledger.chain import BEGINNING
from bank_node.ledger.chart import CUSTOMER
from bank_node.store import schema
from bank_node.store.audit import HASH
from bank_node.store.audit_queries import rows_after
from bank_node.store.customers import FACT
from bank_node.store.statements import ask
from bank_node.transfers.news import ABOUT_TRANSFERS, FUNDING, Happened, SentTransfer

TOLD = "news_told"  # the fact that says up to which row

A, C, T = schema.audit_log.c, schema.accounts.c, schema.transfers.c
_TRANSFERS = select(
    T.transaction_id,
    T.from_account,
    T.to_bank,
    T.to_account,
    T.amount,
    T.currency,
    T.reference,
    T.reason_code,
    T.reason_text,
)


def told_up_to(connection: Connection) -> int:
    """The last row that was told; 0 where nothing was."""
    return int(ask(connection, FACT, {"name": TOLD}).scalar() or 0)


def newest(connection: Connection) -> int:
    """The last row there is; 0 where there is none."""
    return int(connection.execute(select(func.max(A.seq))).scalar() or 0)


def hash_of(connection: Connection, seq: int) -> bytes:
    """Of this row; zeros before the first one."""
    found = ask(connection, HASH, {"seq": seq}).scalar()
    return BEGINNING if found is None else bytes(found)


def happened_after(connection: Connection, seq: int, limit: int) -> list[Happened]:
    """What happened after this row, in its order."""
    read = [(row, orjson.loads(row.facts)) for row in rows_after(connection, seq, limit)]
    sent = _sent(connection, [row.subject for row, _ in read if row.action in ABOUT_TRANSFERS])
    credited = {row.seq: _credited(facts) for row, facts in read if row.action in FUNDING}
    numbers = _numbers(connection, {id_ for postings in credited.values() for id_, _ in postings})
    return [
        Happened(
            row,
            facts,
            sent.get(row.subject) if row.action in ABOUT_TRANSFERS else None,
            tuple((numbers[id_], amount) for id_, amount in credited.get(row.seq, ()) if id_ in numbers),
        )
        for row, facts in read
    ]


def _credited(facts: dict[str, Any]) -> list[tuple[int, int]]:
    return [(account_id, amount) for account_id, amount, _ in facts["postings"] if amount > 0]


def _numbers(connection: Connection, ids: set[int]) -> dict[int, str]:
    """Of customers' accounts; the bank's own have none."""
    if not ids:
        return {}
    found = connection.execute(select(C.id, C.code).where(C.id.in_(ids), C.kind == CUSTOMER))
    return {row[0]: row[1] for row in found}


def _sent(connection: Connection, ids: list[str]) -> dict[str, SentTransfer]:
    if not ids:
        return {}
    found = connection.execute(_TRANSFERS.where(T.transaction_id.in_(ids)))
    return {row[0]: SentTransfer(*row[:7], (row[7], row[8] or "") if row[7] else None) for row in found}
