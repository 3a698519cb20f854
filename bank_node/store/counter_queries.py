"""Reads that only the counter's pages need: an entry as a receipt, a form that was posted."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, select

from bank_node.store import schema
from bank_node.store.moved import BOOKED_FROM, accounts_moved
from bank_node.store.statements import Hot, ask

__all__ = ["Connection", "EntryPosting", "EntryRow", "PostedForm", "entry", "posted_under"]

HEAD = Hot("SELECT id, kind, currency, transaction_id, text, actor, at_us FROM entries WHERE id = :id")


@dataclass(frozen=True, slots=True)
class EntryPosting:
    """`owner` and `customer_id` only for customers' accounts; `code` is the account number or the chart's code."""

    code: str
    kind: str
    amount_minor: int
    balance_minor: int
    owner: str | None
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class EntryRow:
    id: int
    kind: str
    currency: str
    transaction_id: str | None
    text: str | None
    actor: str
    at_us: int
    postings: tuple[EntryPosting, ...]


@dataclass(frozen=True, slots=True)
class PostedForm:
    """What an accepted request with an idempotency key led to."""

    kind: str
    id: str
    request_hash: str


def entry(connection: Connection, entry_id: int) -> EntryRow | None:
    """An entry with its postings, customers' accounts first."""
    p, a, c = schema.postings.c, schema.accounts.c, schema.customers.c
    head = ask(connection, HEAD, {"id": entry_id}).first()
    if head is None:
        return None
    query = (
        select(a.code, a.kind, p.amount, p.balance_after, c.name, c.id)
        .join_from(schema.postings, schema.accounts, a.id == p.account_id)
        .outerjoin(schema.customers, c.id == a.customer_id)
        .where(p.entry_id == entry_id)
        .order_by(c.id.is_(None), a.id)
    )
    moved = accounts_moved(lambda place: ask(connection, BOOKED_FROM, place).first(), entry_id)
    found = connection.execute(query.where(p.account_id.in_(moved))).all() if moved else []
    if not found or sum(row[2] for row in found):  # the log does not know it, or not all of it: look at every account
        found = connection.execute(query).all()
    postings = tuple(EntryPosting(*row) for row in found)
    return EntryRow(*(*head, postings))


def posted_under(connection: Connection, scope: str, key: str) -> PostedForm | None:
    """None: no request with this key was accepted, so surely nothing was booked for it."""
    k = schema.claims.c
    row = connection.execute(select(k.answer, k.request_hash).where(k.scope == scope, k.key == key)).first()
    if row is None:
        return None
    answer = orjson.loads(row[0])
    return PostedForm(answer["kind"], answer["id"], row[1])
