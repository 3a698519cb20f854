"""The outbox goes out. Rows are sent in order and marked once the broker has them; what is not marked is sent again.

The commit hands its rows over in memory and wakes the loop; the table is read at the start, after a failure, when
more came than memory should hold, and now and then: another process of this bank has no other way to hand over. Money
has a lane of its own: the news may fail without holding it up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from bank_node.broker.loop import BackOff
from bank_node.broker.sealing import KeyWanted, Seal, Unsendable
from bank_node.link import Link
from bank_node.operations.publishing import Published, mark_published, park
from bank_node.store.commit import StoreUnavailable
from bank_node.store.outbox import MONEY, NEWS
from bank_node.store.unit import OutboxRow
from bank_node.transfers.ports import Ack, BrokerAway, NotAcked, OutgoingRecord, Publisher
from bank_node.transfers.topics import BANK_REGISTRY

log = logging.getLogger(__name__)

MARKS_WAITING_MAX = 4  # units of work with marks that the writer has not answered yet
WRITER_PATIENCE_S = 30.0
LOOK_AT_TABLE_EVERY_S = 5.0
NEWS_SITS_OUT_S_MAX = 60.0


@dataclass
class _Lane:
    name: str
    rows: deque[OutboxRow] = field(default_factory=deque)  # as committed; the lock guards it and `overflowed`
    overflowed: bool = False
    reads_table: bool = True
    read_to: int = 0  # the highest seq read from the table in this pass
    keyless: set[str] = field(default_factory=set)  # to whom nothing can be sealed: any number of rows may wait for it
    failures: int = 0
    sits_out_until_s: float = 0.0
    look_at_s: float = 0.0  # when the table is read next, whatever memory has


class Relay:
    def __init__(
        self,
        *,
        publisher: Publisher,
        prepare: Callable[[], None],
        submit: Callable[..., Future[Any]],
        unpublished: Callable[[str, int, int, Sequence[str]], list[OutboxRow]],
        seal: Seal,
        link: Link,
        batch_max: int = 512,
        timeout_s: float = 10.0,
        remembered_max: int = 8_192,
        may_speak: Callable[[], bool] = lambda: True,
        key_wanted: Callable[[], None] = lambda: None,
        can_seal: Callable[[str], bool] = lambda _bank_id: True,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`prepare` makes the topics, before the first message and after a failure; it may raise BrokerAway.

        `submit` hands an operation to the writer; `unpublished(lane, after_seq, limit, keyless)` reads the table, but
        for messages to the keyless banks. Nothing is sent before the bank `may_speak`; `key_wanted` is told when a row
        stays for want of its addressee's key, `can_seal` says of a bank whether there is one now.
        """
        self._prepare, self._prepared = prepare, False
        self._monotonic_s = monotonic_s
        self._publisher, self._submit, self._unpublished, self._seal = publisher, submit, unpublished, seal
        self._link, self._batch_max, self._timeout_s = link, batch_max, timeout_s
        self._remembered_max = remembered_max
        self._may_speak, self._key_wanted, self._can_seal = may_speak, key_wanted, can_seal
        self._introduces = True  # this bank's word about itself may wait among the news
        self._lock = threading.Lock()
        self._money, self._news = _Lane(MONEY), _Lane(NEWS)
        self._marks: deque[tuple[Future[Any], list[Published]]] = deque()
        self.published = 0
        self.parked = 0

    def committed(self, rows: Iterable[OutboxRow]) -> None:
        """Rows a unit of work has queued. Called on the writing thread; wake the loop afterwards."""
        with self._lock:
            for row in rows:
                self._introduces |= row.topic == BANK_REGISTRY
                lane = self._money if row.lane == MONEY else self._news
                if len(lane.rows) < self._remembered_max:
                    lane.rows.append(row)
                else:
                    lane.overflowed = True

    def tick(self) -> int:
        """Sends at most one batch of each lane; how many rows went. Raises BackOff where the broker took no money."""
        if not self._may_speak():
            return 0
        self._settle_marks(waiting_max=MARKS_WAITING_MAX)
        introduced = self._send_news() if self._introduces else 0  # a new key is told before anything is sealed with it
        return introduced + self._send(self._money) + self._send_news()

    def look_again(self) -> None:
        """What could not be sealed may be by now. From any thread; wake the loop afterwards."""
        with self._lock:
            self._money.look_at_s = self._news.look_at_s = 0.0

    def forget(self) -> None:
        """What is in memory may be another process's work by now: the table says what is left to do."""
        self._marks.clear()
        self._introduces = True
        for lane in (self._money, self._news):
            self._begin_again(lane)

    def close(self) -> None:
        """Also from another thread: a tick that waits for the broker then ends."""
        self._publisher.close()

    def _send_news(self) -> int:
        if self._monotonic_s() < self._news.sits_out_until_s:
            return 0
        self._introduces = False
        return self._send(self._news)

    def _send(self, lane: _Lane) -> int:
        rows = self._take(lane)
        if not rows:
            return 0
        try:
            failed = self._send_rows(lane, rows)
        except BaseException:
            self._begin_again(lane)  # whatever it was: what was taken and not marked is read from the table once more
            raise
        if failed is None:
            lane.failures = 0
            return len(rows)
        return self._failed(lane, failed.error)

    def _send_rows(self, lane: _Lane, rows: list[OutboxRow]) -> NotAcked | None:
        """Publishes, marks and parks; the first answer that asks for another try."""
        try:
            self._make_ready()
        except BrokerAway as why:
            return NotAcked(str(why))  # before anything is sealed: rows wait as they are for as long as it is away
        sealed = self._sealed(lane, rows)
        if self._introduces and lane is self._money:
            self._send_news()  # a key that came to be while these were sealed is told before them too
        answers = self._publisher.publish([record for _, record in sealed], self._timeout_s)
        pairs = [(row, answer) for (row, _), answer in zip(sealed, answers, strict=True)]
        acks = [Published(row, answer.partition, answer.offset) for row, answer in pairs if isinstance(answer, Ack)]
        if acks:
            self._mark(acks)
            self._link.heard()
        failed: NotAcked | None = None
        for row, answer in pairs:
            if isinstance(answer, NotAcked) and answer.final:
                self._park(row, answer.error)
            elif isinstance(answer, NotAcked):
                failed = failed or answer
        return failed

    def _make_ready(self) -> None:
        if not self._prepared:
            self._prepare()
            self._prepared = True

    def _take(self, lane: _Lane) -> list[OutboxRow]:
        """The next rows of a lane. One that comes twice is sent twice, and the other bank answers it twice."""
        with self._lock:
            due = lane.overflowed or self._monotonic_s() >= lane.look_at_s
        if due and not lane.reads_table:
            self._begin_again(lane)
        if not lane.reads_table:
            return self._remembered(lane)
        if lane.read_to == 0:
            self._settle_marks(waiting_max=0)  # else what was just sent would be read once more
            with self._lock:
                lane.rows.clear()  # committed before now: the table has them
                lane.overflowed = False
            lane.keyless = {bank_id for bank_id in lane.keyless if not self._can_seal(bank_id)}
            if lane.keyless:
                self._key_wanted()
        rows = self._unpublished(lane.name, lane.read_to, self._batch_max, sorted(lane.keyless))
        lane.reads_table = len(rows) == self._batch_max
        lane.read_to = rows[-1].seq if rows else lane.read_to
        lane.look_at_s = self._monotonic_s() + LOOK_AT_TABLE_EVERY_S
        return rows or self._remembered(lane)

    def _remembered(self, lane: _Lane) -> list[OutboxRow]:
        with self._lock:
            rows = [lane.rows.popleft() for _ in range(min(len(lane.rows), self._batch_max))]
        # Committed during the pass over the table, it was read there; unless it was queued again under its old seq.
        return [row for row in rows if row.seq > lane.read_to or row.attempt > 1]

    def _begin_again(self, lane: _Lane) -> None:
        lane.reads_table, lane.read_to = True, 0

    def _sealed(self, lane: _Lane, rows: list[OutboxRow]) -> list[tuple[OutboxRow, OutgoingRecord]]:
        sealed: list[tuple[OutboxRow, OutgoingRecord]] = []
        for row in rows:
            try:
                sealed.append((row, self._seal(row)))
            except KeyWanted:
                lane.keyless.add(row.key)  # the row stays where it is, and is met again once there is a key
                self._key_wanted()
            except Unsendable as why:
                self._park(row, str(why))
            except Exception as why:
                log.exception("outbox row %d can not be sealed", row.seq)
                self._park(row, f"{type(why).__name__}: {why}")
        return sealed

    def _failed(self, lane: _Lane, why: str) -> int:
        self._begin_again(lane)
        self._prepared = False
        if lane is self._money:
            self._link.lost(why)
            raise BackOff(why)
        lane.failures += 1
        lane.sits_out_until_s = self._monotonic_s() + min(NEWS_SITS_OUT_S_MAX, 2.0 ** min(lane.failures, 9))
        log.warning("news could not be sent and will be tried again: %s", why)
        return 0

    def _mark(self, acks: list[Published]) -> None:
        self.published += len(acks)
        self._marks.append((self._submit(mark_published, acks), acks))

    def _park(self, row: OutboxRow, why: str) -> None:
        """Waited for: a pass over the table must not meet the row again."""
        self._submit(park, row, why).result(WRITER_PATIENCE_S)
        self.parked += 1

    def _settle_marks(self, waiting_max: int) -> None:
        while self._marks and (len(self._marks) > waiting_max or self._marks[0][0].done()):
            future, acks = self._marks[0]
            try:
                future.result(WRITER_PATIENCE_S)
            except StoreUnavailable as why:
                self._marks[0] = (self._submit(mark_published, acks), acks)
                raise BackOff(f"{len(acks)} sent messages could not be marked: {why}") from why
            self._marks.popleft()
