"""Every process of a bank sends, whoever has the lease. Both send the head of the queue, both take as many rows off it
as they have sent: the second one takes off what nobody has sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bank_node.operations.publishing import Published
from bank_node.store.books import Books
from bank_node.store.outbox import MONEY
from bank_node.store.statements import Hot
from bank_node.store.transfers import SenderRow
from bank_node.store.unit import OutboxRow
from federation.simulation.mutants.process import Process, wrap

TAKE_OFF = Hot(
    "UPDATE outbox SET published_us = :now WHERE seq IN (SELECT seq FROM outbox WHERE lane = :lane"
    " AND published_us IS NULL AND parked IS NULL ORDER BY seq LIMIT :count)"
)
WHERE_IT_IS = Hot('UPDATE outbox SET partition = :partition, "offset" = :offset WHERE seq = :seq')
ALWAYS = 1  # the fence that everybody has
Due = Callable[[int, int], list[SenderRow]]


def beside(process: Process) -> None:
    """A queue whose head is taken off is right for one relay; and then the sweeper may leave alone what is off it."""
    relay, books = process.post.relay, process.books
    sending: list[OutboxRow] = []  # and off the queue, once all of it is acknowledged

    def from_the_head(take: Callable[[Any], list[OutboxRow]]) -> Callable[[Any], list[OutboxRow]]:
        def take_anew(lane: Any) -> list[OutboxRow]:
            if lane is not relay._money:
                return take(lane)
            if not sending:
                relay._begin_again(lane)
            sending[:] = take(lane)
            return list(sending)

        return take_anew

    def by_number(mark: Callable[[list[Published]], None]) -> Callable[[list[Published]], None]:
        def mark_head(acks: list[Published]) -> None:
            if acks[0].row.lane == MONEY and len(acks) == len(sending):
                relay._submit(take_off, acks)
                sending.clear()
            mark(acks)

        return mark_head

    def not_the_money(committed: Callable[[list[OutboxRow]], None]) -> Callable[[list[OutboxRow]], None]:
        return lambda rows: committed([row for row in rows if row.lane != MONEY])

    def off_the_queue(row: SenderRow) -> bool:
        _, _, published_us, partition, _ = books.outbox.message(row.outbox_seq)
        return published_us is not None and partition is None

    def what_was_sent(due: Due) -> Due:
        return lambda now_us, limit: [row for row in due(now_us, limit) if not off_the_queue(row)]

    wrap(relay, "committed", not_the_money)
    wrap(relay, "_take", from_the_head)
    wrap(relay, "_mark", by_number)
    wrap(books.transfers, "due", what_was_sent)


def plant(process: Process) -> None:
    beside(process)
    tenure = process.post.tenure
    tenure.fence = ALWAYS
    wrap(tenure, "hold", lambda _: lambda: ALWAYS)
    wrap(process.books.leases, "fence", lambda _: lambda _name: ALWAYS)


def take_off(books: Books, now_us: int, _ids: object, acks: Sequence[Published]) -> None:
    books.unit.change(TAKE_OFF, {"now": now_us, "lane": MONEY, "count": len(acks)})
    rows = [{"seq": ack.row.seq, "partition": ack.partition, "offset": ack.offset} for ack in acks]
    books.unit.change_many(WHERE_IT_IS, rows)
