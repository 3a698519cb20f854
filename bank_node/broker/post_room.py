"""The post room of a bank: its three loops wired to its books and to a broker, started and stopped together.

Of several processes on one bank's database one works it, under a lease; the others' loops stand by (`tenure`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bank_node.bank import Bank
from bank_node.broker.archivist import Archivist
from bank_node.broker.bookshelf import Bookshelf
from bank_node.broker.consumer import OPEN_S_MAX, Consumer
from bank_node.broker.loop import Loop
from bank_node.broker.news import TELL_EVERY_S, Newsroom
from bank_node.broker.process_name import is_gone
from bank_node.broker.relay import LOOK_AT_TABLE_EVERY_S, Relay
from bank_node.broker.sealing import sealer
from bank_node.broker.sweeper import Chore, Sweeper
from bank_node.broker.tenure import Shift, Tenure
from bank_node.broker.topics import topic_specs
from bank_node.broker.voice import registrar_of
from bank_node.identity import Secrets
from bank_node.operations.approvals import expire_approvals
from bank_node.operations.holds import expire_holds
from bank_node.operations.lease import POST_ROOM, under_lease
from bank_node.operations.redrive import hasten
from bank_node.operations.standing import look_up_standing
from bank_node.operations.tidy import tidy
from bank_node.store.unit import Committed
from bank_node.transfers.news import Herald
from bank_node.transfers.ports import Broker
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
        self._bank, self._broker, self._shelf = bank, broker, Bookshelf(bank)
        self.tenure = Tenure(
            submit=bank.writer.submit,
            look=self._shelf.lease,
            lease_ms=bank.settings.lease_ms,
            stands_by=bank.link.stand_by,
            taken=self._taken,
            holder=holder,
            gone=gone,
            monotonic_s=monotonic_s,
        )
        relaying, reading, sweeping, tidying, telling = (Shift(self.tenure, bank.writer.submit) for _ in range(5))
        self.registrar = registrar_of(
            bank, broker, reading.submit, self._prepare, news=self._may_go_on, monotonic_s=monotonic_s, secrets=secrets
        )
        self.relay = self._make_relay(relaying, monotonic_s)
        self.consumer = self._make_consumer(reading)
        chores = (
            Chore(expire_holds, self._shelf.a_hold_lapses),
            Chore(expire_approvals, self._shelf.a_request_expires),
        )
        self.sweeper = Sweeper(sweeping.submit, bank.settings.sweep_batch_max, self._may_say_again, chores)
        self.newsroom = self._make_newsroom(telling, monotonic_s)

        def loop(name: str, tick: Callable[[], int], **knobs: Any) -> Loop:
            shortest_s, longest_s = bank.settings.backoff_ms_min / 1000, bank.settings.backoff_ms_max / 1000
            return make_loop(name, tick, backoff_s_min=shortest_s, backoff_s_max=longest_s, **knobs)

        relay = relaying.turns(self.relay.tick, self.relay.forget)
        consumer = reading.turns(self.consumer.tick, self.consumer.forget)
        sweeper = sweeping.turns(self.sweeper.tick)
        self._relaying = loop("relay", relay, idle_s=LOOK_AT_TABLE_EVERY_S, interrupt=self.relay.close)
        self._tidying = loop("tidy", tidying.turns(self._make_tidier(tidying)), idle_s=TIDY_EVERY_S)
        self.loops: tuple[Loop, ...] = (
            self._relaying,
            loop("consumer", consumer, idle_s=0.0, close=self.consumer.close),
            # the sweeper is also what renews the lease in time
            loop("sweeper", sweeper, idle_s=bank.settings.sweep_every_ms / 1000),
            self._tidying,
        )
        if bank.settings.informational_topics:
            news, silent = telling.turns(self.newsroom.tick, self.newsroom.forget), self.newsroom.close
            self.loops += (loop("news", news, idle_s=TELL_EVERY_S, interrupt=silent, close=silent),)
        bank.writer.on_commit.append(self._committed)
        bank.link.on_change.append(self._link_changed)

    def _make_relay(self, shift: Shift, monotonic_s: Callable[[], float]) -> Relay:
        settings, charter = self._bank.settings, self._bank.charter
        return Relay(
            publisher=self._broker.publisher(),
            prepare=self._prepare,
            submit=shift.submit,
            unpublished=self._shelf.unpublished,
            seal=sealer(charter.bank_id, charter.federation_id, self._bank.keyring),
            link=self._bank.link,
            batch_max=settings.publish_batch_max,
            timeout_s=settings.publish_timeout_ms / 1000,
            may_speak=self._may_speak,
            key_wanted=self.registrar.want if self.registrar else lambda: None,
            can_seal=self._bank.keyring.can_seal if self._bank.keyring else lambda _bank_id: True,
            monotonic_s=monotonic_s,
        )

    def _make_consumer(self, shift: Shift) -> Consumer:
        settings, charter, keyring = self._bank.settings, self._bank.charter, self._bank.keyring
        return Consumer(
            reader=self._broker.reader(EXTERNAL_TRANSFERS, f"bankfed.{charter.federation_id}.{charter.bank_id}"),
            prepare=self._prepare,
            bank_id=charter.bank_id,
            desk=Desk(charter.bank_id, charter.federation_id, charter.directory, keyring.doubt if keyring else None),
            submit=shift.submit,
            stored_position=self._shelf.stored_position,
            read_before=self._shelf.read_before,
            link=self._bank.link,
            now_us=self._bank.clock.now_us,
            registrar=self.registrar,
            standing=self._bank.standing,
            read_all_partitions=settings.read_all_partitions,
            batch_max=settings.poll_batch_max,
            poll_s=settings.fetch_max_wait_ms / 1000,
        )

    def _make_tidier(self, shift: Shift) -> Callable[[], int]:
        archivist = Archivist(self._bank, shift.submit)
        if self._bank.settings.archive_after_months:  # else no commit pays for the look
            self._bank.writer.on_commit.append(self._day_may_have_ended)

        def turn() -> int:
            return int(shift.submit(tidy).result(TIDY_PATIENCE_S)) + archivist.tick()

        return turn

    def _make_newsroom(self, shift: Shift, monotonic_s: Callable[[], float]) -> Newsroom:
        settings, charter, writer = self._bank.settings, self._bank.charter, self._bank.writer
        return Newsroom(
            publisher=self._broker.publisher,
            submit=shift.submit,
            told_up_to=self._shelf.told_up_to,
            happened_after=self._shelf.happened_after,
            herald=Herald(charter.bank_id, charter.federation_id),
            seal=sealer(charter.bank_id, charter.federation_id),
            may_speak=self._may_speak,
            operations=lambda: writer.operations,
            timeout_s=settings.publish_timeout_ms / 1000,
            monotonic_s=monotonic_s,
        )

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

    def _prepare(self) -> None:
        self._broker.ensure_topics(topic_specs(self._bank.settings), OPEN_S_MAX)

    def _taken(self) -> None:
        """Before the first turn under a new fence: the process before may have learnt that the books lack something."""
        self._bank.submit_and_wait(look_up_standing)

    def _committed(self, committed: Committed) -> None:
        if committed.queued and self.tenure.fence is not None:  # else the table tells whoever has the lease
            self.relay.committed(committed.queued)
            self._relaying.wake()

    def _day_may_have_ended(self, committed: Committed) -> None:
        """A new day may be one of a new month, and an old month go to the archive."""
        if "day" in committed.rung:
            self._tidying.wake()

    def _may_speak(self) -> bool:
        """Not before the registry was read, and not with books that lack what they have told."""
        return not self._bank.standing.suspect and (self.registrar is None or self.registrar.is_ready())

    def _may_say_again(self) -> bool:
        """A suspect bank says nothing to others; what only concerns itself, such as holds, it goes on sweeping."""
        return not self._bank.standing.suspect and self._shelf.something_is_due()

    def _may_go_on(self) -> None:
        """The bank may speak now, or somebody's key has become known: what waited for it can go."""
        self.relay.look_again()
        self._relaying.wake()

    def _link_changed(self) -> None:
        """Heard again: what has been waiting long for its next try is due soon."""
        fence = self.tenure.fence
        if self._bank.link.up and fence is not None:
            self._bank.submit_later(under_lease, POST_ROOM, fence, hasten)
