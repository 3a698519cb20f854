"""The audit log as it is read: its newest row, its rows in order. Whether it is true is for `audit_check`."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bank_node.ledger.chain import BEGINNING, Row
from bank_node.store import schema

A = schema.audit_log.c
_ROWS = select(A.seq, A.at_us, A.actor, A.action, A.subject, A.facts, A.hash).order_by(A.seq)
_HEAD = select(A.seq, A.hash).order_by(A.seq.desc()).limit(1)


def head(connection: Connection) -> tuple[int, bytes]:
    """(seq, hash) of the newest row; (0, zeros) where there is none."""
    row = connection.execute(_HEAD).first()
    return (0, BEGINNING) if row is None else (row[0], bytes(row[1]))


def rows_after(connection: Connection, seq: int, limit: int) -> list[Row]:
    """The rows after this one, in their order."""
    found = connection.execute(_ROWS.where(A.seq > seq).limit(limit))
    return [Row(*row) for row in found]
