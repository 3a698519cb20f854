"""The news: rows of the audit log told on the informational topics, in the background, by a publisher of its own.

Money never waits for them: a broker that takes no news is left alone for a while, and a bank that is busy tells little.
They are told in order and at least once: how far is stored after the broker has them. Nobody depends on them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from bank_node.broker.loop import BackOff
from bank_node.broker.sealing import Seal
from bank_node.operations.publishing import mark_told
from bank_node.store.commit import StoreUnavailable
from bank_node.store.outbox import NEWS
from bank_node.store.unit import OutboxRow
from bank_node.transfers.news import Happened, Herald, News
from bank_node.transfers.ports import NotAcked, Publisher

log = logging.getLogger(__name__)

TELL_EVERY_S = 1.0
ROWS_AT_ONCE = 256  # each time: an old backlog takes a while, and nobody notices
ROWS_WHEN_BUSY = 32
BUSY_OPERATIONS = 500  # since the last time
SITS_OUT_S_MAX = 60.0
QUIET_TICKS_MAX = 30  # then the publisher is closed: a bank at rest has one producer, not two
WRITER_PATIENCE_S = 30.0


class Newsroom:
    def __init__(
        self,
        *,
        publisher: Callable[[], Publisher],
        submit: Callable[..., Future[Any]],
        told_up_to: Callable[[], int],
        happened_after: Callable[[int, int], tuple[bytes, list[Happened]]],
        herald: Herald,
        seal: Seal,
        may_speak: Callable[[], bool],
        operations: Callable[[], int],
        timeout_s: float = 10.0,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`happened_after(seq, limit)` gives the hash of that row and what came after it; `operations` is how many the
        writer has done."""
        self._open = publisher
        self._publisher: Publisher | None = None
        self._submit, self._told_up_to, self._happened_after = submit, told_up_to, happened_after
        self._herald, self._seal, self._may_speak, self._operations = herald, seal, may_speak, operations
        self._timeout_s, self._monotonic_s = timeout_s, monotonic_s
        self._seq: int | None = None
        self._operations_before = 0
        self._quiet_ticks = self._failures = 0
        self._sits_out_until_s = 0.0
        self.told = 0

    def tick(self) -> int:
        """Tells of what happened since the last time, up to a limit. Always 0: there is no hurry. Raises BackOff."""
        if not self._may_speak() or self._monotonic_s() < self._sits_out_until_s:
            return 0
        done, before = self._operations(), self._operations_before
        self._operations_before = done
        if self._seq is None:
            self._seq = self._told_up_to()
        elif done == before and self._quiet_ticks:
            self._rest()
            return 0
        limit = ROWS_WHEN_BUSY if done - before > BUSY_OPERATIONS else ROWS_AT_ONCE
        previous, happened = self._happened_after(self._seq, limit)
        if not happened:
            self._rest()
            return 0
        self._quiet_ticks = 0
        news = [piece for one in happened for piece in self._herald.tell(one)]
        news += self._herald.tell_lines([one.row for one in happened], previous)
        self._publish(news)
        self._mark(happened[-1].row.seq)
        self.told += len(news)
        return 0

    def forget(self) -> None:
        """Another process may have told of more meanwhile."""
        self._seq = None

    def close(self) -> None:
        """Also from another thread: a tick that waits for the broker then ends."""
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.close()

    def _rest(self) -> None:
        self._quiet_ticks += 1
        if self._quiet_ticks == QUIET_TICKS_MAX:
            self.close()

    def _publish(self, news: list[News]) -> None:
        """Raises BackOff where the broker did not take it all; what it can never take is let go."""
        publisher = self._publisher = self._publisher or self._open()
        answers = publisher.publish([self._seal(_row(piece)) for piece in news], self._timeout_s)
        lost = [answer for answer in answers if isinstance(answer, NotAcked)]
        again = next((answer for answer in lost if not answer.final), None)
        if again is not None:
            self._failures += 1
            self._sits_out_until_s = self._monotonic_s() + min(SITS_OUT_S_MAX, 2.0 ** min(self._failures, 9))
            raise BackOff(f"news could not be told: {again.error}")
        self._failures = 0
        for answer in lost:
            log.warning("news that can never be told: %s", answer.error)

    def _mark(self, seq: int) -> None:
        try:
            self._submit(mark_told, seq).result(WRITER_PATIENCE_S)
        except (StoreUnavailable, TimeoutError) as why:
            raise BackOff(f"the database: {str(why) or type(why).__name__}") from why
        self._seq = seq


def _row(piece: News) -> OutboxRow:
    """As if it had been in the outbox; it has no row there."""
    return OutboxRow(0, NEWS, piece.topic, piece.key, piece.type, piece.transaction_id, piece.body, 1)
