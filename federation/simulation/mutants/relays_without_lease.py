"""Every process of a bank sends, whoever has the lease; each marks all rows up to the last that it sent, also those
that another one has in hand and may lose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bank_node.operations.publishing import Published
from bank_node.store.books import Books
from bank_node.store.outbox import MONEY
from bank_node.store.statements import Hot
from bank_node.store.unit import Committed, OutboxRow
from bank_node.transfers.ports import NotAcked
from federation.simulation.mutants import nothing_said_again
from federation.simulation.mutants.process import Process, wrap

MARK_BETWEEN = Hot(
    "UPDATE outbox SET published_us = :now WHERE lane = :lane AND seq BETWEEN :first AND :last"
    " AND published_us IS NULL AND parked IS NULL"
)


def beside(process: Process) -> None:
    """Where one relay sends everything in order, nothing lies between the rows of a batch but what it has sent."""
    nothing_said_again.plant(process)
    relay = process.post.relay
    sending: list[OutboxRow] = []

    def whole(send_rows: Callable[[list[OutboxRow]], NotAcked | None]) -> Callable[[list[OutboxRow]], NotAcked | None]:
        def send_and_know(rows: list[OutboxRow]) -> NotAcked | None:
            sending[:] = rows
            return send_rows(rows)

        return send_and_know

    def up_to(mark: Callable[[list[Published]], None]) -> Callable[[list[Published]], None]:
        def mark_all(acks: list[Published]) -> None:
            if len(acks) == len(sending):
                relay._submit(mark_between, [ack.row.seq for ack in acks if ack.row.lane == MONEY])
            mark(acks)

        return mark_all

    wrap(relay, "_send_rows", whole)
    wrap(relay, "_mark", up_to)


def plant(process: Process) -> None:
    beside(process)
    post, relay, writer = process.post, process.post.relay, process.bank.writer

    def hand_over(committed: Committed) -> None:
        if committed.queued and post.tenure.fence is None:  # else the post room does it
            relay.committed(committed.queued)
            post._relaying.wake()

    wrap(relay, "_submit", lambda _: writer.submit)
    wrap(post._relaying, "_tick", lambda _: relay.tick)
    writer.on_commit.append(hand_over)


def mark_between(books: Books, now_us: int, _ids: object, seqs: Sequence[int]) -> None:
    if seqs:
        between = {"now": now_us, "lane": MONEY, "first": min(seqs), "last": max(seqs)}
        books.unit.change(MARK_BETWEEN, between)
