"""What `verify` reads: a whole bank at one moment, or only the transfers asked for, streamed row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select, text

from bank_node.ledger.chart import CLEARING, RESERVE, peer_of
from bank_node.ledger.laws import AccountLine
from bank_node.store import schema
from bank_node.store.audit_queries import heard_heads
from bank_node.store.standing import suspicion_of
from bank_node.transfers.charter import Charter
from bank_node.transfers.snapshot import (
    END_LINE,
    BankSnapshot,
    DecisionLine,
    SenderLine,
    head_line,
    row_line,
)
from bank_node.transfers.states import INSIDE

A, P, T, D = schema.accounts.c, schema.postings.c, schema.transfers.c, schema.decisions.c

_ACCOUNTS: Select[*tuple[Any, ...]] = (
    select(A.code, A.kind, A.currency, A.balance, A.held, A.floor, func.coalesce(func.sum(P.amount), 0))
    .join_from(schema.accounts, schema.postings, P.account_id == A.id, isouter=True)
    .group_by(A.id)
    .order_by(A.id)
)
_UNBALANCED = select(P.entry_id).group_by(P.entry_id).having(func.sum(P.amount) != 0).order_by(P.entry_id).limit(100)
_SETTLED = text(  # entry by entry of the one account that clearing is settled against: there are few
    "SELECT c.code, c.currency, sum(p.amount) FROM accounts r CROSS JOIN postings s CROSS JOIN accounts c"
    " CROSS JOIN postings p WHERE r.kind = :reserve AND s.account_id = r.id AND c.kind = :clearing"
    " AND p.account_id = c.id AND p.entry_id = s.entry_id GROUP BY c.code, c.currency"
)
_SENT: Select[*tuple[Any, ...]] = (
    select(
        T.transaction_id,
        T.kind,
        T.original_transaction_id,
        T.to_bank,
        T.amount,
        T.currency,
        T.state,
        T.content_hash,
        T.returned,
        T.created_us,
        T.quiet_ms,
        T.due_us,
    )
    .where(T.kind != INSIDE)
    .order_by(T.transaction_id)
)
_DECIDED: Select[*tuple[Any, ...]] = select(
    D.from_bank,
    D.transaction_id,
    D.kind,
    D.decision,
    D.content_hash,
    D.original_transaction_id,
    D.amount,
    D.currency,
    D.reserved,
).order_by(D.from_bank, D.transaction_id)


def snapshot_lines(
    connection: Connection, charter: Charter, at_us: int, ids: Sequence[str] | None = None
) -> Iterator[bytes]:
    """Lines for `transfers.snapshot.read_snapshot`, all of one moment of the connection's transaction."""
    head = BankSnapshot(charter.bank_id, charter.federation_id, at_us, ids_only=ids is not None)
    sent, decided = _SENT, _DECIDED
    head.suspect = suspicion_of(connection) is not None
    if ids is None:
        head.settled_minor = _settled(connection)
        head.heard = heard_heads(connection, charter.bank_id)
        head.unbalanced_entries = tuple(connection.execute(_UNBALANCED).scalars())
    else:
        sent, decided = sent.where(T.transaction_id.in_(ids)), decided.where(D.transaction_id.in_(ids))
    yield head_line(head)
    if ids is None:
        for row in connection.execute(_ACCOUNTS):
            yield row_line(AccountLine(*row))
    for row in connection.execute(sent):
        yield row_line(SenderLine(*row))
    for row in connection.execute(decided):
        yield row_line(DecisionLine(*row))
    yield END_LINE


def _settled(connection: Connection) -> dict[str, int]:
    """What was settled with each bank, as it stands on clearing: "BRVO/EUR" to minor units."""
    found = connection.execute(_SETTLED, {"reserve": RESERVE, "clearing": CLEARING})
    return {f"{peer_of(code)}/{currency}": int(amount) for code, currency, amount in found}
