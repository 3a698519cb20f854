"""What the post room looks up in its bank's books, each time in one moment of them; no unit of work is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from bank_node.bank import Bank
from bank_node.operations.lease import POST_ROOM
from bank_node.operations.redrive import is_time
from bank_node.store import positions
from bank_node.store.approvals import next_expiry
from bank_node.store.due_queries import due_moments
from bank_node.store.holds import next_lapse_us
from bank_node.store.leases import Held, held
from bank_node.store.news import happened_after, hash_of, told_up_to
from bank_node.store.outbox import unpublished
from bank_node.store.unit import OutboxRow
from bank_node.transfers.news import Happened
from bank_node.transfers.ports import TopicIdentity


class Bookshelf:
    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def lease(self) -> Held | None:
        """Who works the post room."""
        with self._bank.readers.connection() as connection:
            return held(connection, POST_ROOM)

    def unpublished(self, lane: str, after_seq: int, limit: int, keyless: Sequence[str]) -> list[OutboxRow]:
        with self._bank.readers.connection() as connection:
            return unpublished(connection, lane, after_seq, limit, keyless)

    def read_before(self, topic: str) -> bool:
        with self._bank.readers.connection() as connection:
            return positions.read_before(connection, topic)

    def stored_position(self, log: TopicIdentity) -> dict[int, int]:
        with self._bank.readers.connection() as connection:
            return positions.stored_position(connection, log)

    def told_up_to(self) -> int:
        """The last row of the audit log of which the news were told."""
        with self._bank.readers.connection() as connection:
            return told_up_to(connection)

    def happened_after(self, seq: int, limit: int) -> tuple[bytes, list[Happened]]:
        """The hash of that row of the audit log, and what happened after it."""
        with self._bank.readers.connection() as connection:
            return hash_of(connection, seq), happened_after(connection, seq, limit)

    def something_is_due(self) -> bool:
        """Whether a sweep would find something to say again."""
        with self._bank.readers.connection() as connection:
            moments = due_moments(connection)
        return is_time(moments, self._bank.clock.now_us(), self._bank.charter.redrive_after_ms_max)

    def a_hold_lapses(self) -> bool:
        """Whether a hold is past its expiry."""
        with self._bank.readers.connection() as connection:
            lapse_us = next_lapse_us(connection)
        return lapse_us is not None and lapse_us <= self._bank.clock.now_us()

    def a_request_expires(self) -> bool:
        """Whether nobody has decided about a request in its time."""
        with self._bank.readers.connection() as connection:
            expires_us = next_expiry(connection)
        return expires_us is not None and expires_us <= self._bank.clock.now_us()
