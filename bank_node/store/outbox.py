"""The outbox: a message is a row before it is a message. The relay publishes, and marks after the broker's ack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from bank_node.store import schema
from bank_node.store.statements import Hot, Rows, ask
from bank_node.store.unit import OutboxRow, UnitOfWork
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

MONEY = "money"
NEWS = "news"

LAST = Hot("SELECT max(seq) FROM outbox")
MESSAGES = Rows(schema.outbox, ["seq", "lane", "topic", "key", "type", "transaction_id", "body", "created_us"])
QUEUE_AGAIN = Hot(
    "UPDATE outbox SET body = :body, attempt = attempt + 1, published_us = NULL"
    " WHERE seq = :seq AND transaction_id = :transaction_id AND type = :type AND parked IS NULL"
    " RETURNING attempt, topic, key"
)
SAY_ANEW = Hot(
    "UPDATE outbox SET body = :body, attempt = attempt + 1, published_us = NULL"
    " WHERE seq = :seq AND type = :type AND published_us IS NOT NULL AND parked IS NULL"
    " RETURNING lane, topic, key, attempt"
)
BODY = Hot('SELECT body, type, published_us, partition, "offset" FROM outbox WHERE seq = :seq')
MARK = Hot(
    'UPDATE outbox SET published_us = :now, partition = :partition, "offset" = :offset'
    " WHERE seq = :seq AND attempt = :attempt AND published_us IS NULL"
)
PARK = Hot("UPDATE outbox SET parked = :why WHERE seq = :seq AND published_us IS NULL")
FORGET = Hot(
    "DELETE FROM outbox WHERE seq IN (SELECT o.seq FROM outbox o"
    " LEFT JOIN transfers t ON t.transaction_id = o.transaction_id AND t.outbox_seq = o.seq"
    " WHERE o.published_us < :before AND (t.transaction_id IS NULL OR t.concluded_us < :before)"
    " AND NOT EXISTS (SELECT 1 FROM recalls r WHERE r.outbox_seq = o.seq AND r.due_us IS NOT NULL)"
    " AND o.seq < (SELECT max(seq) FROM outbox) ORDER BY o.seq LIMIT :rows_max)"
)
DROP = Hot("DELETE FROM outbox WHERE seq = :seq AND attempt = :attempt AND seq < (SELECT max(seq) FROM outbox)")
HOW_MANY_WAIT = Hot(
    "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE lane = :lane AND published_us IS NULL AND parked IS NULL"
    " LIMIT :at_most) AS waiting"
)
WAITING = Hot("SELECT 1 FROM outbox WHERE seq = :seq AND published_us IS NULL AND parked IS NULL")
_UNPUBLISHED = """
    SELECT seq, lane, topic, key, type, transaction_id, body, attempt FROM outbox
    WHERE lane = :lane AND published_us IS NULL AND parked IS NULL AND seq > :after_seq {others}
    ORDER BY seq LIMIT :limit
"""
_TO_OTHERS = f"AND NOT (topic = '{EXTERNAL_TRANSFERS}' AND key IN ({{keyless}}))"
UNPUBLISHED = Hot(_UNPUBLISHED.format(others=""))
UNPUBLISHED_TO_OTHERS = Hot(
    _UNPUBLISHED.format(others=_TO_OTHERS.format(keyless="SELECT value FROM json_each(:keyless)")),
    postgresql=_UNPUBLISHED.format(
        others=_TO_OTHERS.format(keyless="SELECT json_array_elements_text(CAST(:keyless AS json))")
    ),
)


class Outbox:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._stayed: set[tuple[int, int]] = set()  # dropped while it was the newest row

    def queue(
        self,
        now_us: int,
        *,
        topic: str,
        key: str,
        type_: str,
        transaction_id: str | None,
        body: bytes,
        lane: str = MONEY,
    ) -> int:
        """Adds a message and returns its seq."""
        seq = self._unit.next_number(LAST, "outbox")
        self._unit.add_tuple(MESSAGES, (seq, lane, topic, key, type_, transaction_id, body, now_us))
        self._tell(OutboxRow(seq, lane, topic, key, type_, transaction_id, body, 1))
        return seq

    def queue_again(self, seq: int, type_: str, transaction_id: str, body: bytes) -> bool:
        """Sends the message of an earlier row once more, attempt + 1; False where the row is gone or parked."""
        row = self._unit.change_one(
            QUEUE_AGAIN, {"seq": seq, "type": type_, "transaction_id": transaction_id, "body": body}
        )
        if row is None:
            return False
        self._tell(OutboxRow(seq, MONEY, row[1], row[2], type_, transaction_id, body, row[0]))
        return True

    def say_anew(self, seq: int, type_: str, body: bytes) -> bool:
        """Sends the newest of a kind of message of which only the newest counts, in the row of the one before it; False
        where that row is gone or parked. One that still waits is not to be touched: the relay may have it in hand."""
        row = self._unit.change_one(SAY_ANEW, {"seq": seq, "type": type_, "body": body})
        if row is None:
            return False
        lane, topic, key, attempt = row
        self._tell(OutboxRow(seq, lane, topic, key, type_, None, body, attempt))
        return True

    def message(self, seq: int) -> Any:
        """(body, type, published_us, partition, offset) of a row, or None."""
        return self._unit.one(BODY, {"seq": seq})

    def waits(self, seq: int) -> bool:
        """True while the row has not been published."""
        return self._unit.one(WAITING, {"seq": seq}) is not None

    def mark(self, now_us: int, acks: list[tuple[int, int, int, int]]) -> None:
        """Marks (seq, attempt, partition, offset) as published; a row queued again meanwhile still has to go."""
        rows = [
            {"now": now_us, "seq": seq, "attempt": attempt, "partition": partition, "offset": offset}
            for seq, attempt, partition, offset in acks
        ]
        self._unit.change_many(MARK, rows)
        self._unit.ring("queue")

    def drop(self, sent: list[tuple[int, int]]) -> None:
        """Deletes (seq, attempt) that nobody asks for once sent. The newest row stays, as in `forget_before`: it goes
        with the next ones."""
        if sent:
            rows = {*self._stayed, *sent}
            self._stayed = {max(rows)}
            self._unit.change_many(DROP, [{"seq": seq, "attempt": attempt} for seq, attempt in sorted(rows)])

    def waiting(self, lane: str, at_most: int) -> int:
        """How many rows of a lane wait to be sent; no more than that many are counted."""
        return int(self._unit.one(HOW_MANY_WAIT, {"lane": lane, "at_most": at_most})[0])

    def park(self, seq: int, why: str) -> None:
        """Sets a row aside that can never be sent."""
        self._unit.change(PARK, {"seq": seq, "why": why})
        self._unit.ring("queue")

    def forget_before(self, before_us: int, rows_max: int) -> int:
        """Deletes what was published before then and whose transfer is final, or recall answered, since; the newest
        row stays, so that no seq is given out twice."""
        return self._unit.change(FORGET, {"before": before_us, "rows_max": rows_max})

    def _tell(self, row: OutboxRow) -> None:
        self._unit.committed.queued.append(row)
        self._unit.ring("queue")


def unpublished(
    connection: Connection, lane: str, after_seq: int, limit: int, keyless: Sequence[str] = ()
) -> list[OutboxRow]:
    """Rows of a lane that wait to be sent, oldest first, but for messages to these banks: they can not be sealed."""
    asked = {"lane": lane, "after_seq": after_seq, "limit": limit}
    if keyless:
        found = ask(connection, UNPUBLISHED_TO_OTHERS, {**asked, "keyless": orjson.dumps(list(keyless)).decode()})
    else:
        found = ask(connection, UNPUBLISHED, asked)
    return [OutboxRow(*row) for row in found]
