"""The audit log as it is read: its newest row, its rows in order. Whether it is true is for `audit_check`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, select

from bank_node.ledger.chain import BEGINNING, Row
from bank_node.store import schema
from bank_node.store.statements import Hot, ask

A, P = schema.audit_log.c, schema.peers.c
_ROWS = select(A.seq, A.at_us, A.actor, A.action, A.subject, A.facts, A.hash).order_by(A.seq)
_ROWS_AFTER = Hot(
    "SELECT seq, at_us, actor, action, subject, facts, hash FROM audit_log WHERE seq > :seq ORDER BY seq LIMIT :limit"
)
_HEAD = select(A.seq, A.hash).order_by(A.seq.desc()).limit(1)


def head(connection: Connection) -> tuple[int, bytes]:
    """(seq, hash) of the newest row; (0, zeros) where there is none."""
    row = connection.execute(_HEAD).first()
    return (0, BEGINNING) if row is None else (row[0], bytes(row[1]))


def rows_after(connection: Connection, seq: int, limit: int) -> list[Row]:
    """The rows after this one, in their order."""
    return [Row(*row) for row in ask(connection, _ROWS_AFTER, {"seq": seq, "limit": limit})]


def rows_about(connection: Connection, actions: Collection[str]) -> Iterator[Row]:
    """The rows of these happenings, in their order; the whole log is looked through."""
    for row in connection.execute(_ROWS.where(A.action.in_(actions))):
        yield Row(*row)


def hashes_at(connection: Connection, seqs: Collection[int]) -> dict[int, str]:
    """The hashes of those of these rows that there are."""
    found = connection.execute(select(A.seq, A.hash).where(A.seq.in_(seqs)))
    return {seq: bytes(hash_).hex() for seq, hash_ in found}


def heard_heads(connection: Connection, bank_id: str) -> dict[str, tuple[int, str]]:
    """The furthest (seq, hash) that this bank has heard of each other bank's audit log, in the registry."""
    found = connection.execute(select(P.bank_id, P.head_seq, P.head_hash).where(P.head_seq.is_not(None)))
    return {row[0]: (row[1], row[2]) for row in found if row[0] != bank_id}
