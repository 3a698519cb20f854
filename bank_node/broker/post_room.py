"""The post room of a bank: its three loops wired to its books and to a broker, started and stopped together.

Of several processes on one bank's database one works it, under a lease; the others' loops stand by (`tenure`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from bank_node.bank import Bank
from bank_node.broker.consumer import OPEN_S_MAX, Consumer
from bank_node.broker.loop import Loop
from bank_node.broker.process_name import is_gone
from bank_node.broker.relay import LOOK_AT_TABLE_EVERY_S, Relay
from bank_node.broker.sealing import sealer
from bank_node.broker.sweeper import Sweeper
from bank_node.broker.tenure import Shift, Tenure
from bank_node.broker.topics import topic_specs
from bank_node.broker.voice import registrar_of
from bank_node.identity import Secrets
from bank_node.operations.lease import POST_ROOM, under_lease
from bank_node.operations.redrive import hasten, is_time
from bank_node.operations.tidy import tidy
from bank_node.store.due_queries import due_moments
from bank_node.store.leases import Held, held
from bank_node.store.outbox import unpublished
from bank_node.store.positions import read_before, stored_position
from bank_node.store.unit import Committed, OutboxRow
from bank_node.transfers.ports import Broker, TopicIdentity
from bank_node.transfers.reading import Desk
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

TIDY_EVERY_S, TIDY_PATIENCE_S = 3_600.0, 60.0


class PostRoom:
    """`start` after the writer, `stop` before it. The simulation steps the `loops` itself and starts nothing."""

    def __init__(
        self,
        bank: Bank,
        broker: Broker,
        make_loop: Callable[..., Loop] = Loop,
        monotonic_s: Callable[[], float] = time.monotonic,
        holder: str | None = None,
        gone: Callable[[str], bool] = is_gone,
        secrets: Callable[[], Secrets] | None = None,
    ) -> None:
        """`holder` is the name under which this process holds the lease; `gone` knows of such a name that it ended.

        `secrets` reads the bank's own keys; they are in its data folder unless somebody else has them.
        """
        self._bank = bank
        settings, charter = bank.settings, bank.charter
        shortest_s, longest_s = settings.backoff_ms_min / 1000, settings.backoff_ms_max / 1000
        loop = partial(make_loop, backoff_s_min=shortest_s, backoff_s_max=longest_s)

        def submit(*operation: Any) -> Future[Any]:
            return bank.writer.submit(*operation)

        def lease() -> Held | None:
            with bank.readers.connection() as connection:
                return held(connection, POST_ROOM)

        def waiting(lane: str, after_seq: int, limit: int) -> list[OutboxRow]:
            with bank.readers.connection() as connection:
                return unpublished(connection, lane, after_seq, limit)

        def has_read(topic: str) -> bool:
            with bank.readers.connection() as connection:
                return read_before(connection, topic)

        def position(log: TopicIdentity) -> dict[int, int]:
            with bank.readers.connection() as connection:
                return stored_position(connection, log)

        def something_is_due() -> bool:
            with bank.readers.connection() as connection:
                return is_time(due_moments(connection), bank.clock.now_us(), charter.redrive_after_ms_max)

        def prepare() -> None:
            broker.ensure_topics(topic_specs(settings), OPEN_S_MAX)

        self.tenure = Tenure(
            submit=submit,
            look=lease,
            lease_ms=settings.lease_ms,
            stands_by=bank.link.stand_by,
            holder=holder,
            gone=gone,
            monotonic_s=monotonic_s,
        )
        relaying, reading, sweeping, tidying = (Shift(self.tenure, submit) for _ in range(4))
        self.registrar = registrar_of(
            bank, broker, reading.submit, prepare, news=self._may_go_on, monotonic_s=monotonic_s, secrets=secrets
        )
        self.relay = Relay(
            publisher=broker.publisher(),
            prepare=prepare,
            submit=relaying.submit,
            unpublished=waiting,
            seal=sealer(charter.bank_id, charter.federation_id, bank.keyring),
            link=bank.link,
            batch_max=settings.publish_batch_max,
            timeout_s=settings.publish_timeout_ms / 1000,
            may_speak=self._may_speak,
            key_wanted=self.registrar.want if self.registrar else lambda: None,
            monotonic_s=monotonic_s,
        )
        self.consumer = Consumer(
            reader=broker.reader(EXTERNAL_TRANSFERS, f"bankfed.{charter.federation_id}.{charter.bank_id}"),
            prepare=prepare,
            bank_id=charter.bank_id,
            desk=Desk(
                charter.bank_id, charter.federation_id, charter.directory, bank.keyring.doubt if bank.keyring else None
            ),
            submit=reading.submit,
            stored_position=position,
            read_before=has_read,
            link=bank.link,
            now_us=bank.clock.now_us,
            registrar=self.registrar,
            standing=bank.standing,
            read_all_partitions=settings.read_all_partitions,
            batch_max=settings.poll_batch_max,
            poll_s=settings.fetch_max_wait_ms / 1000,
        )
        self.sweeper = Sweeper(sweeping.submit, settings.sweep_batch_max, something_is_due)
        relay = relaying.turns(self.relay.tick, self.relay.forget)
        consumer = reading.turns(self.consumer.tick, self.consumer.forget)
        sweeper = sweeping.turns(lambda: 0 if bank.standing.suspect else self.sweeper.tick())
        tidier = tidying.turns(lambda: int(tidying.submit(tidy).result(TIDY_PATIENCE_S)))
        self._relaying = loop("relay", relay, idle_s=LOOK_AT_TABLE_EVERY_S, interrupt=self.relay.close)
        self.loops = (
            self._relaying,
            loop("consumer", consumer, idle_s=0.0, close=self.consumer.close),
            loop("sweeper", sweeper, idle_s=settings.sweep_every_ms / 1000),  # it is also what renews the lease in time
            loop("tidy", tidier, idle_s=TIDY_EVERY_S),
        )
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
        late = [loop.name for loop in self.loops if not loop.stop(max(0.0, deadline - time.monotonic()))]
        self.tenure.release(timeout_s)
        return late

    def _committed(self, committed: Committed) -> None:
        if committed.queued and self.tenure.fence is not None:  # else the table tells whoever has the lease
            self.relay.committed(committed.queued)
            self._relaying.wake()

    def _may_speak(self) -> bool:
        """Not before the registry was read, and not with books that lack what they have told."""
        return not self._bank.standing.suspect and (self.registrar is None or self.registrar.is_ready())

    def _may_go_on(self) -> None:
        """The bank may speak now, or somebody's key has become known: what waited for it can go."""
        self.relay.look_again()
        self._relaying.wake()

    def _link_changed(self) -> None:
        """Heard again: what has been waiting long for its next try is due soon."""
        fence = self.tenure.fence
        if self._bank.link.up and fence is not None:
            self._bank.submit_later(under_lease, POST_ROOM, fence, hasten)
