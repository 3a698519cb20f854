"""What there is to break in a running federation. A grader's federation and one of `bankfed up` both provide it.

All of it is called from one thread at a time, waits until it is done, and raises Failure in words where it cannot.
But a bank may be killed from the wire's or the driver's own thread, at the very moment that is told of there, while
another bank is being started or waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from federation.brokers.broker import Broker
from federation.wire.exchange import Traffic
from federation.wire.points import Watch
from federation.wire.rules import Laid, Rule


class Wire(Protocol):
    """`federation.wire.beside.ProxyBeside`, as far as faults need it."""

    def lay(self, rule: Rule) -> Laid: ...

    def end(self, laid: Laid) -> None: ...

    def watch(self, watch: Watch) -> Watch: ...

    def unwatch(self, watch: Watch) -> None: ...

    def traffic(self, bank: str) -> Traffic:
        """What has passed so far, as it is now: a copy."""
        ...

    def waiting_s(self, bank: str, api: int | None = None) -> float:
        """How long its oldest request (of this api) waits for an answer by now; 0: none waits."""
        ...


class BankProcess(Protocol):
    """One bank through all of its lives; its data stay where they are."""

    @property
    def bank(self) -> str: ...

    @property
    def url(self) -> str: ...

    @property
    def is_running(self) -> bool: ...

    @property
    def database(self) -> Path | None:
        """Its SQLite file; None where nobody named one."""
        ...

    def kill(self) -> None:
        """SIGKILL to all of it; nothing of it lives when this returns. One that is down stays down."""
        ...

    def stop(self) -> None:
        """SIGTERM, and SIGKILL where that is not heeded."""
        ...

    def start(self, *, clock_offset_ms: int = 0, failpoints: str = "") -> None:
        """Another life, not ready yet."""
        ...

    def wait_ready(self) -> float:
        """Seconds since its start."""
        ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def cap_files(self, most_bytes: int | None) -> bool:
        """Its writes beyond this size fail, as on a full disk; None: as before. False where that is not possible."""
        ...


@dataclass(frozen=True, slots=True)
class Lying:
    """A record as it lies on the topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Topic(Protocol):
    """`external-transfers`, reached past every proxy."""

    def records(self, since: Mapping[int, int] | None = None) -> list[Lying]:
        """All that is there now, by partition and offset; or of each partition what lies there from this offset on."""
        ...

    def put(self, records: Sequence[Lying]) -> list[Lying]:
        """Appends these to their partitions (their offsets are not looked at); returns them with their new offsets."""
        ...

    def partition_of(self, bank: str) -> int:
        """Where records for this bank go."""
        ...

    def id(self) -> str:
        """Kafka's own name for it: another one after it was deleted and made anew."""
        ...

    def leader_of(self, partition: int) -> int:
        """The node that leads it now, counted from 1; 0: nobody does."""
        ...

    def wipe(self) -> None:
        """Deleted and made anew: nothing is left, offsets begin at 0, and the topic has another id."""
        ...

    def cut_tail(self, partition: int, records: int) -> int:
        """The last records (at least so many, at a batch boundary) are gone though they were acknowledged: how many.
        The broker is stopped and started for it."""
        ...


class Site(Protocol):
    @property
    def banks(self) -> Mapping[str, BankProcess]: ...

    @property
    def broker(self) -> Broker: ...

    @property
    def wire(self) -> Wire: ...

    @property
    def topic(self) -> Topic: ...

    @property
    def wait(self) -> Callable[[float], None]:
        """Seconds to let pass; ends early, with an exception, where everything is being ended."""
        ...
