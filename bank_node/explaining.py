"""What stands behind a queue, an ignored repeat, a hold, a return or a record set aside: rows, message, headers.

Shown as they are kept, but no mac in full. What is put on a message when it is sent, and the bytes of a message that
was understood, a bank does not keep; that is said, not made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from bank_node.bank import Bank
from bank_node.store import record_queries as records
from bank_node.store.counter_queries import Connection
from bank_node.store.desk_rows import readable
from bank_node.store.record_queries import Row
from bank_node.store.transfer_queries import returns_of, transfer_events
from bank_node.transfers.explanations import DEDUPE, HOLD, QUEUE, RETURN, SET_ASIDE, Topic
from bank_node.transfers.headers import headers_of, source_of
from bank_node.transfers.messages import is_shallow
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

SHOWN_OF_A_MAC = 8
_A_MAC = re.compile(rf'("mac"\s*:\s*"[^"]{{{SHOWN_OF_A_MAC}}})[^"]*')
_LEVELS_SHOWN = 8  # a message of the protocol has three; deeper is not spread out, and cannot be written at all at 254
WAITING_SHOWN = 3
RETURNS_SHOWN = 5
PLACES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Kept:
    """A row, and the message and headers in it where it has some. `text` is a message that is no JSON."""

    table: str
    says: str
    row: Row
    message: Any = None
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    topic: Topic
    id: str
    records: tuple[Kept, ...] = field(default=())


def explain(bank: Bank, connection: Connection, topic: Topic, id_: str) -> Explanation | None:
    """None where this bank has no such thing. Without an id there are only the words, and what waits."""
    shelf = _Shelf(bank, connection)
    if not id_:
        found = (
            [shelf.message(row) for row in records.waiting(connection, WAITING_SHOWN)] if topic.name == QUEUE else []
        )
        return Explanation(topic, id_, tuple(found))
    kept = tuple(shelf.behind(topic.name, id_))
    return Explanation(topic, id_, kept) if kept else None


@dataclass(frozen=True, slots=True)
class _Shelf:
    bank: Bank
    connection: Connection

    def behind(self, topic: str, id_: str) -> Iterator[Kept]:
        peer, colon, theirs = id_.partition(":")
        if topic in (HOLD, SET_ASIDE):
            if id_.isascii() and id_.isdigit() and len(id_) < 19:
                yield from self._hold(int(id_)) if topic == HOLD else self._set_aside(int(id_))
        elif colon and topic in (DEDUPE, RETURN):
            yield from self._received(peer, theirs, with_returns=topic == RETURN)
        elif topic in (QUEUE, DEDUPE, RETURN):
            yield from self._sent(id_, with_returns=topic == RETURN)

    def message(self, row: Row) -> Kept:
        body = bytes(row.pop("body"))
        said = orjson.loads(body)
        charter = self.bank.charter
        source = source_of(charter.federation_id, charter.bank_id)
        headers = headers_of(row["seq"], row["type"], row["transaction_id"], said, source)
        says = "The message, written in the unit of work that made it. Put on when it is sent, and not kept: "
        says += "attempt, the other bank's known head, and the mac."
        return Kept("outbox", says, row, said, headers=tuple((name, value.decode()) for name, value in headers))

    def _outbox(self, seq: int, transaction_id: str) -> Iterator[Kept]:
        row = records.row(self.connection, "outbox", seq=seq, transaction_id=transaction_id)
        if row is not None:
            yield self.message(row)

    def _sent(self, id_: str, *, with_returns: bool) -> Iterator[Kept]:
        row = records.row(self.connection, "transfers", transaction_id=id_)
        if row is None:
            return
        row["answer"] = orjson.loads(row["answer"]) if row["answer"] else None
        says = "The payment, as its sender keeps it; answer is what the other bank said of its own clock."
        yield Kept("transfers", says, row)
        yield from self._outbox(row["outbox_seq"], id_)
        if with_returns:
            events = transfer_events(self.connection, id_)
            for event in [event for event in events if event.kind == "returned"][:RETURNS_SHOWN]:
                yield from self._received(row["to_bank"], str(event.facts.get("by", "")), with_returns=False)

    def _received(self, from_bank: str, id_: str, *, with_returns: bool) -> Iterator[Kept]:
        row = records.row(self.connection, "decisions", from_bank=from_bank, transaction_id=id_)
        if row is None:
            return
        says = "The decision, under its key (from_bank, transaction_id). Of the message that was read its content hash "
        says += "is kept, not its bytes: those are on the topic."
        yield Kept("decisions", says, row)
        yield from self._outbox(row["answer_seq"], id_)
        if with_returns:
            for made in returns_of(self.connection, from_bank, id_)[:RETURNS_SHOWN]:
                yield from self._sent(made.transaction_id, with_returns=False)
        else:
            places = records.rows(self.connection, "positions", PLACES_SHOWN, topic=EXTERNAL_TRANSFERS)
            yield from (Kept("positions", "Where this bank reads on, in each partition it reads.", at) for at in places)

    def _hold(self, id_: int) -> Iterator[Kept]:
        row = records.row(self.connection, "holds", id=id_)
        if row is None:
            return
        yield Kept("holds", "The hold. One that has ended stays, with who ended it and why.", row)
        account = records.row(self.connection, "accounts", id=row["account_id"])
        if account is not None:
            yield Kept("accounts", "The account: available is balance − held − floor.", account)

    def _set_aside(self, id_: int) -> Iterator[Kept]:
        row = records.row(self.connection, "quarantine", id=id_)
        if row is None:
            return
        key, value = bytes(row.pop("key") or b""), bytes(row.pop("value") or b"")
        row["key"] = readable(key)
        says = "The record as it was read, at most 64 KiB of it. Its headers are not kept: nothing is decided by them."
        message = _without_mac(value)
        text = "" if message is not None else _A_MAC.sub(r"\1…", readable(value))
        yield Kept("quarantine", says, row, message, text)


def _without_mac(value: bytes) -> Any:
    """The object in these bytes, its mac cut short; None where there is none, or a labyrinth."""
    try:
        said = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict) or not is_shallow(said, _LEVELS_SHOWN):
        return None
    if isinstance(said.get("mac"), str):
        said["mac"] = f"{said['mac'][:SHOWN_OF_A_MAC]}…"
    return said
