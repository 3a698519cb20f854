"""Where the failpoints are: a bank's writer and broker as the lab sees them. The rooms on both sides notice nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from bank_node.lab import failpoints as at
from bank_node.lab.failpoints import Failpoint, FailpointRaised
from bank_node.operations.lease import under_lease
from bank_node.operations.publishing import mark_published
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.redrive import redrive_due
from bank_node.store.commit import Operation
from bank_node.store.writer import Writer
from bank_node.transfers.ports import (
    Ack,
    Broker,
    NotAcked,
    OutgoingRecord,
    Publisher,
    Reader,
    Record,
    TopicIdentity,
    TopicSpec,
)
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

# What the loops have done: (before the unit of work begins, in it after the effects, when who waits for it hears).
_STAGES: dict[Operation, tuple[str, str, str]] = {
    receive_records: (
        at.CONSUMER_BEFORE_BEGIN,
        at.CONSUMER_IN_TX,
        at.CONSUMER_AFTER_COMMIT,
    ),
    mark_published: ("", "", at.RELAY_AFTER_MARK),
    redrive_due: ("", at.SWEEPER_MID, ""),
}


def watched_submit(submit: Callable[..., Future[Any]], failpoint: Failpoint) -> Callable[..., Future[Any]]:
    """`submit` as the loops have it, reaching the failpoints of what they do."""

    def submit_watched(operation: Operation, *arguments: Any) -> Future[Any]:
        what = arguments[2] if operation is under_lease else operation
        before, within, after = _STAGES.get(what, ("", "", ""))
        if before:
            failpoint(before)
        future = submit(_reaching(within, operation, failpoint) if within else operation, *arguments)
        return WatchedFuture(future, lambda: failpoint(after)) if after else future

    return submit_watched


def watched_request(submit: Callable[..., Future[Any]], failpoint: Failpoint) -> Callable[..., Future[Any]]:
    """`submit` as requests have it, reaching the failpoints of the API: for whoever has no event loop."""

    def submit_watched(operation: Operation, *arguments: Any) -> Future[Any]:
        failpoint(at.API_START)
        future = submit(_reaching(at.API_BEFORE_COMMIT, operation, failpoint), *arguments)
        return WatchedFuture(future, lambda: failpoint(at.API_AFTER_COMMIT))

    return submit_watched


def _reaching(name: str, operation: Operation, failpoint: Failpoint) -> Operation:
    """The operation, reaching the failpoint after its effects, if it had any."""

    def reach(*arguments: Any) -> Any:
        result = operation(*arguments)
        if result or result is None:
            failpoint(name)
        return result

    return reach


class WatchedWriter(Writer):
    """The same writer; what comes through here reaches the failpoints. Requests use `run`, the loops use `submit`."""

    def __init__(self, writer: Writer, failpoint: Failpoint) -> None:
        self.__dict__ = writer.__dict__  # one writer: queue, thread, listeners and counts are the same
        self._failpoint = failpoint

    async def run(self, operation: Operation, *arguments: Any) -> Any:
        self._failpoint(at.API_START)
        result = await super().run(_reaching(at.API_BEFORE_COMMIT, operation, self._failpoint), *arguments)
        self._failpoint(at.API_AFTER_COMMIT)
        return result

    async def run_all(self, operation: Operation, orders: Sequence[Any]) -> list[Any]:
        self._failpoint(at.API_START)
        results = await super().run_all(_reaching(at.API_BEFORE_COMMIT, operation, self._failpoint), orders)
        self._failpoint(at.API_AFTER_COMMIT)
        return results

    def submit(self, operation: Operation, *arguments: Any) -> Future[Any]:
        return watched_submit(super().submit, self._failpoint)(operation, *arguments)


class WatchedFuture(Future[Any]):
    """A future of the writer that does something when its result is fetched for the first time."""

    def __init__(self, future: Future[Any], then: Callable[[], None]) -> None:  # it has no lock: the other one waits
        self._future = future
        self._then: Callable[[], None] | None = then

    def done(self) -> bool:
        return self._future.done()

    def result(self, timeout: float | None = None) -> Any:
        result = self._future.result(timeout)
        then, self._then = self._then, None
        if then is not None:
            then()
        return result


class WatchedBroker:
    def __init__(self, broker: Broker, failpoint: Failpoint) -> None:
        self._broker, self._failpoint = broker, failpoint

    def ensure_topics(self, topics: Sequence[TopicSpec], timeout_s: float) -> None:
        self._broker.ensure_topics(topics, timeout_s)

    def publisher(self) -> Publisher:
        return WatchedPublisher(self._broker.publisher(), self._failpoint)

    def reader(self, topic: str, group: str) -> Reader:
        return WatchedReader(self._broker.reader(topic, group), self._failpoint)

    def reachable(self, timeout_s: float) -> bool:
        return self._broker.reachable(timeout_s)


class WatchedPublisher:
    """What is raised here looks like a broker that did not acknowledge: a publisher never raises."""

    def __init__(self, publisher: Publisher, failpoint: Failpoint) -> None:
        self._publisher, self._failpoint = publisher, failpoint

    def publish(self, records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack | NotAcked]:
        money = any(record.topic == EXTERNAL_TRANSFERS for record in records)
        try:
            if money:
                self._failpoint(at.RELAY_BEFORE_SEND)
            answers = self._publisher.publish(records, timeout_s)
            if money and any(isinstance(answer, Ack) for answer in answers):
                self._failpoint(at.RELAY_AFTER_ACK)
        except FailpointRaised as raised:
            return [NotAcked(str(raised))] * len(records)
        return answers

    def close(self) -> None:
        self._publisher.close()


class WatchedReader:
    def __init__(self, reader: Reader, failpoint: Failpoint) -> None:
        self._reader, self._failpoint = reader, failpoint

    def open(self, timeout_s: float) -> TopicIdentity:
        return self._reader.open(timeout_s)

    def assign(self, positions: dict[int, int | None]) -> None:
        self._reader.assign(positions)

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        return self._reader.poll(max_records, timeout_s)

    def lag(self) -> int | None:
        return self._reader.lag()

    def behind(self) -> int:
        return self._reader.behind()

    def commit_for_monitors(self, positions: dict[int, int]) -> None:
        try:
            self._failpoint(at.CONSUMER_BEFORE_OFFSET)
        except FailpointRaised:  # as a broker that does not take it: failures are ignored here
            return
        self._reader.commit_for_monitors(positions)

    def close(self) -> None:
        self._reader.close()
