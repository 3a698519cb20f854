"""What comes in goes to the writer: one poll is one unit of work, and the position is stored in it.

The position in the bank's own database is the only one that counts. Nothing is skipped silently: a record for another
bank is counted, one that can not be read or processed is quarantined, and where the database does not take a batch the
reader goes back to where the database stands. At most two batches wait: one at the writer, one read ahead.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, NoReturn

from bank_node.broker.loop import BackOff
from bank_node.broker.registrar import Registrar
from bank_node.link import Link
from bank_node.operations.lease import LeaseLost
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.redrive import start_over
from bank_node.standing import Standing
from bank_node.store.commit import StoreUnavailable
from bank_node.transfers.ports import BrokerAway, PositionLost, Reader, Record, TopicIdentity, partition_for
from bank_node.transfers.reading import Batch, Desk, Incoming, Position, Source, Unreadable

log = logging.getLogger(__name__)

OPEN_S_MAX = 2.0
WRITER_PATIENCE_S = 60.0
SKIPPED_UNSTORED_MAX = 4_096  # a restart skips at most these again


class Consumer:
    def __init__(
        self,
        *,
        reader: Reader,
        prepare: Callable[[], None],
        bank_id: str,
        desk: Desk,
        submit: Callable[..., Future[Any]],
        stored_position: Callable[[TopicIdentity], dict[int, int]],
        read_before: Callable[[str], bool],
        link: Link,
        now_us: Callable[[], int],
        registrar: Registrar | None = None,
        standing: Standing | None = None,
        read_all_partitions: bool = False,
        batch_max: int = 512,
        poll_s: float = 0.5,
    ) -> None:
        """`prepare` makes the topics, before connecting; `stored_position` is what the database says of a log.

        The `registrar` is attended to before each poll: nothing is read before it has read the registry once, and
        nothing by a bank whose `standing` is not good.
        """
        self._reader, self._prepare = reader, prepare
        self._key, self._desk, self._link, self._now_us = bank_id.encode(), desk, link, now_us
        self._submit, self._stored_position, self._read_before = submit, stored_position, read_before
        self._registrar, self._asked, self._standing = registrar, False, standing
        self._read_all, self._batch_max, self._poll_s = read_all_partitions, batch_max, poll_s
        self._identity: TopicIdentity | None = None
        self._assigned = False
        self._from_start = False  # the stored position is of no use for this log
        self._next: dict[int, int] = {}  # next offsets not yet handed to the writer
        self._skipped_unstored = 0
        self._at_writer: tuple[Future[Any], Batch] | None = None
        self.skipped = 0
        self.outcomes: Counter[str] = Counter()

    def tick(self) -> int:
        """Reads one batch and hands it over. How many records were read. Raises BackOff."""
        try:
            identity = self._ready()
            if self._registrar is not None and not self._registrar.attend():
                return 1
            if self._standing is not None and self._standing.suspect:
                raise BackOff(self._standing.words)
            records = self._reader.poll(self._batch_max, self._poll_s)
        except BrokerAway as why:
            self._identity = None
            self._link.lost(str(why))
            raise BackOff(str(why)) from why
        except PositionLost as why:
            log.warning("reading from the start: %s", why)
            self._identity, self._from_start = None, True
            self._forgotten(str(why))
            return 1
        except BackOff:
            raise
        except Exception:
            self._identity = None  # whatever it was, begin with a new connection
            raise
        if records:
            self._link.heard()
        self._take(identity, records)
        self._link.lag = self._reader.lag()
        return len(records)

    def forget(self) -> None:
        """Where to go on is for the database to say: another process may have read on meanwhile."""
        self._at_writer, self._identity, self._from_start = None, None, False
        self._next, self._skipped_unstored = {}, 0
        if self._registrar is not None:
            self._registrar.forget()

    def close(self) -> None:
        self._reader.close()
        if self._registrar is not None:
            self._registrar.close()

    def _ready(self) -> TopicIdentity:
        """Connected, and reading from where the database stands."""
        if self._identity is None:
            self._assigned = False
            self._prepare()
            self._identity = self._reader.open(OPEN_S_MAX)
        if not self._assigned:
            self._assign(self._identity)
            self._link.heard()
        return self._identity

    def _assign(self, identity: TopicIdentity) -> None:
        self._settle()  # an answer still under way would move the position after it was read
        own = range(identity.partitions) if self._read_all else [partition_for(self._key, identity.partitions)]
        stored = {} if self._from_start else self._stored_position(identity)
        if not stored and not self._from_start and self._read_before(identity.topic):
            self._forgotten(f"{identity.topic} is another log than the one that was read before")
        self._next, self._skipped_unstored = {}, 0
        self._reader.assign({partition: stored.get(partition) for partition in own})
        self._assigned = True
        said = {"cluster": identity.cluster_id, "topic_id": identity.topic_id, "positions": stored}
        log.info("reading %s from %s", identity.topic, "where it was left" if stored else "the start", extra=said)

    def _forgotten(self, noticed: str) -> None:
        """What is read again is recognised; what was lost is said again at once, by whoever waits for its answer."""
        self._link.notice(noticed)
        self._submit(start_over, noticed)

    def _take(self, identity: TopicIdentity, records: Sequence[Record]) -> None:
        incoming = self._read(records)
        worth_storing = bool(incoming) or self._skipped_unstored >= SKIPPED_UNSTORED_MAX
        if worth_storing or (self._at_writer is not None and self._at_writer[0].done()):
            self._settle()  # the next unit of work must not store a position beyond one that failed
        if not worth_storing:
            return
        position = Position(identity.cluster_id, identity.topic_id, identity.topic, self._next)
        self._next, self._skipped_unstored, self._from_start = {}, 0, False
        batch = Batch(incoming, position)
        try:
            self._at_writer = (self._submit(receive_records, batch), batch)
        except StoreUnavailable as why:
            self._go_back(why)
        if self._at_writer is not None and self._at_writer[0].done():
            self._settle()

    def _read(self, records: Sequence[Record]) -> tuple[Incoming, ...]:
        now_us = self._now_us()
        incoming: list[Incoming] = []
        self._asked = False
        for record in records:
            self._next[record.partition] = record.offset + 1
            one = self._read_one(record, now_us)
            if isinstance(one, Unreadable) and one.doubted and self._registry_knows_better():
                one = self._read_one(record, now_us)
            if one is None:
                self.skipped += 1
                self._skipped_unstored += 1
            else:
                incoming.append(one)
        return tuple(incoming)

    def _registry_knows_better(self) -> bool:
        """Asked once for a batch: what comes after the first doubted one is judged by what is known then."""
        if self._asked or self._registrar is None:
            return False
        self._asked = True
        return self._registrar.knows_better()

    def _read_one(self, record: Record, now_us: int) -> Incoming | None:
        try:
            return self._desk.read(record, now_us)
        except Exception as why:
            log.exception("record %s/%d/%d could not be read", record.topic, record.partition, record.offset)
            source = Source(record.topic, record.partition, record.offset, record.key, record.value, now_us)
            return Unreadable(source, "MS03", _words(why))

    def _settle(self) -> None:
        """Waits for the unit of work at the writer. Raises BackOff where the database did not take it."""
        if self._at_writer is None:
            return
        (future, batch), self._at_writer = self._at_writer, None
        try:
            self.outcomes.update(future.result(WRITER_PATIENCE_S))
        except (StoreUnavailable, TimeoutError) as why:
            self._go_back(why)
        except LeaseLost:
            raise
        except Exception:
            log.exception("a batch of %d records failed; taking them one by one", len(batch.records))
            self._take_one_by_one(batch)
        if batch.position is not None:
            self._reader.commit_for_monitors(batch.position.next_offsets)

    def _take_one_by_one(self, batch: Batch) -> None:
        """Only the record whose processing fails goes to the quarantine."""
        assert batch.position is not None
        try:
            for one in batch.records:
                source = one.source
                position = replace(batch.position, next_offsets={source.partition: source.offset + 1})
                try:
                    self._take_now(Batch((one,), position))
                except (StoreUnavailable, TimeoutError, LeaseLost):
                    raise
                except Exception as why:
                    log.exception("record %s/%d/%d is quarantined", source.topic, source.partition, source.offset)
                    self._take_now(Batch((_set_aside(one, why),), position))
            self._take_now(replace(batch, records=()))
        except (StoreUnavailable, TimeoutError) as why:
            self._go_back(why)
        except Exception:
            self._assigned = False  # not even the quarantine took it: it comes again, nothing is skipped
            raise

    def _take_now(self, batch: Batch) -> None:
        self.outcomes.update(self._submit(receive_records, batch).result(WRITER_PATIENCE_S))

    def _go_back(self, why: Exception) -> NoReturn:
        """To where the database stands, and again later."""
        self._assigned = False
        raise BackOff(f"the database: {str(why) or type(why).__name__}") from why


def _set_aside(one: Incoming, why: Exception) -> Unreadable:
    if isinstance(one, Unreadable):
        return Unreadable(one.source, one.code, _words(why), one.transaction_id, one.from_bank)
    return Unreadable(one.source, "MS03", _words(why), one.message.transaction_id, one.message.from_bank)


def _words(why: Exception) -> str:
    return f"processing it failed: {type(why).__name__}: {why}"[:200]
