"""The post room of a bank: its three loops wired to its books and to a broker, started and stopped together."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from bank_node.bank import Bank
from bank_node.broker.consumer import OPEN_S_MAX, Consumer
from bank_node.broker.loop import Loop
from bank_node.broker.relay import Relay
from bank_node.broker.sealing import sealer
from bank_node.broker.sweeper import Sweeper
from bank_node.broker.topics import topic_specs
from bank_node.operations.redrive import hasten
from bank_node.operations.tidy import tidy
from bank_node.store.outbox import unpublished
from bank_node.store.positions import read_before, stored_position
from bank_node.store.unit import Committed, OutboxRow
from bank_node.transfers.ports import Broker, TopicIdentity
from bank_node.transfers.reading import Desk
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

TIDY_EVERY_S = 3_600.0
LOOK_AT_OUTBOX_EVERY_S = 5.0  # the relay is woken by commits; this is for the news that had to sit out


class PostRoom:
    """`start` after the writer, `stop` before it. The simulation steps the `loops` itself and starts nothing."""

    def __init__(
        self,
        bank: Bank,
        broker: Broker,
        make_loop: Callable[..., Loop] = Loop,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        settings, charter = bank.settings, bank.charter
        shortest_s, longest_s = settings.backoff_ms_min / 1000, settings.backoff_ms_max / 1000
        loop = partial(make_loop, backoff_s_min=shortest_s, backoff_s_max=longest_s)

        def submit(*operation: Any) -> Future[Any]:
            return bank.writer.submit(*operation)

        def waiting(lane: str, after_seq: int, limit: int) -> list[OutboxRow]:
            with bank.readers.connection() as connection:
                return unpublished(connection, lane, after_seq, limit)

        def has_read(topic: str) -> bool:
            with bank.readers.connection() as connection:
                return read_before(connection, topic)

        def position(log: TopicIdentity) -> dict[int, int]:
            with bank.readers.connection() as connection:
                return stored_position(connection, log)

        def prepare() -> None:
            broker.ensure_topics(topic_specs(settings), OPEN_S_MAX)

        self.relay = Relay(
            publisher=broker.publisher(),
            prepare=prepare,
            submit=submit,
            unpublished=waiting,
            seal=sealer(charter.bank_id, charter.federation_id),
            link=bank.link,
            batch_max=settings.publish_batch_max,
            timeout_s=settings.publish_timeout_ms / 1000,
            monotonic_s=monotonic_s,
        )
        self.consumer = Consumer(
            reader=broker.reader(EXTERNAL_TRANSFERS, f"bankfed.{charter.federation_id}.{charter.bank_id}"),
            prepare=prepare,
            bank_id=charter.bank_id,
            desk=Desk(charter.bank_id, charter.federation_id, charter.directory),
            submit=submit,
            stored_position=position,
            read_before=has_read,
            link=bank.link,
            now_us=bank.clock.now_us,
            read_all_partitions=settings.read_all_partitions,
            batch_max=settings.poll_batch_max,
            poll_s=settings.fetch_max_wait_ms / 1000,
        )
        self.sweeper = Sweeper(submit, settings.sweep_batch_max)
        self._relaying = loop("relay", self.relay.tick, idle_s=LOOK_AT_OUTBOX_EVERY_S, interrupt=self.relay.close)
        self.loops = (
            self._relaying,
            loop("consumer", self.consumer.tick, idle_s=0.0, close=self.consumer.close),
            loop("sweeper", self.sweeper.tick, idle_s=settings.sweep_every_ms / 1000),
            loop("tidy", lambda: int(bank.submit_and_wait(tidy)), idle_s=TIDY_EVERY_S),
        )
        self._bank = bank
        bank.writer.on_commit.append(self._committed)
        bank.link.on_change.append(self._link_changed)

    def start(self) -> None:
        for loop in self.loops:
            loop.start()

    def stop(self, timeout_s: float = 3.0) -> list[str]:
        """Ends the loops, all at once; the names of those that did not end in time."""
        deadline = time.monotonic() + timeout_s
        for loop in self.loops:
            loop.ask_to_stop()
        return [loop.name for loop in self.loops if not loop.stop(max(0.0, deadline - time.monotonic()))]

    def _committed(self, committed: Committed) -> None:
        if committed.queued:
            self.relay.committed(committed.queued)
            self._relaying.wake()

    def _link_changed(self) -> None:
        """Heard again: what has been waiting long for its next try is due soon."""
        if self._bank.link.up:
            self._bank.submit_later(hasten)
