"""A load generator that costs little: keep-alive connections, ready-made requests, answers read by httptools.

Each connection asks, waits for the answer, asks again. Not an HTTP client: it knows only what benches send.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

import httptools

HOST = "127.0.0.1"
ROUND_S_MAX = 120.0


@dataclass(slots=True)
class Load:
    """What came back: seconds of each answer, how many of each status, and the time the whole took."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    took_s: float = 0.0

    @property
    def errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took_s

    @property
    def p50_s(self) -> float:
        return median(self.seconds)

    @property
    def p99_s(self) -> float:
        return quantiles(self.seconds, n=100)[-1]


def request(path: str, body: bytes, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """A POST of JSON, ready to be written."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def question(path: str, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """A GET, ready to be written."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode()


def drive(
    port: int,
    requests: Sequence[bytes],
    connections: int,
    on_answer: Callable[[bytes], None] | None = None,
    per_second: float | None = None,
) -> Load:
    """Sends all requests over `connections` at once and waits for the answers.

    With `per_second` each request has its own moment, and goes then as long as a connection is free.
    """
    import uvloop

    return uvloop.run(_drive(port, iter(requests), connections, on_answer, per_second))


async def _drive(
    port: int,
    requests: Iterator[bytes],
    connections: int,
    on_answer: Callable[[bytes], None] | None,
    per_second: float | None,
) -> Load:
    load, schedule = Load(), Schedule(per_second)
    lines = [_Line(port, requests, load, on_answer, schedule) for _ in range(connections)]
    for line in lines:
        await line.connect()
    began = time.perf_counter()
    schedule.begin(began)
    for line in lines:
        line.ask_next()
    try:
        async with asyncio.timeout(ROUND_S_MAX):
            await asyncio.gather(*(line.done for line in lines))
        load.took_s = time.perf_counter() - began
    finally:
        for line in lines:
            line.transport.close()
    return load


class Schedule:
    """When the next request is due; without a rate always now."""

    def __init__(self, per_second: float | None) -> None:
        self._gap_s = 1 / per_second if per_second else 0.0
        self._next_s = 0.0

    def begin(self, now_s: float) -> None:
        self._next_s = now_s

    def wait_s(self, now_s: float) -> float:
        """Takes the next moment; the seconds until then, 0 where it has passed."""
        if not self._gap_s:
            return 0.0
        due_s, self._next_s = self._next_s, self._next_s + self._gap_s
        return max(0.0, due_s - now_s)


class _Line(asyncio.Protocol):
    """One connection: writes the next request when the answer to the last one is whole.

    A server may hang up after an answer (uvicorn does after an error); the request then under way is asked again.
    """

    transport: asyncio.Transport

    def __init__(
        self,
        port: int,
        requests: Iterator[bytes],
        load: Load,
        on_answer: Callable[[bytes], None] | None,
        schedule: Schedule,
    ) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self._port = port
        self._schedule = schedule
        self._requests = requests
        self._load = load
        self._on_answer = on_answer
        self._under_way = b""
        self._body: list[bytes] = []
        self._asked = 0.0

    async def connect(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body.clear()
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: self, HOST, self._port)
        self.transport = transport

    def ask_next(self) -> None:
        following = next(self._requests, None)
        if following is None:
            self.done.set_result(None)
            return
        wait_s = self._schedule.wait_s(time.perf_counter())
        if wait_s:
            asyncio.get_running_loop().call_later(wait_s, self._ask, following)
        else:
            self._ask(following)

    def _ask(self, following: bytes) -> None:
        self._under_way = following
        self._asked = time.perf_counter()
        if not self.transport.is_closing():  # else it hung up meanwhile, and is asked when there is a line again
            self.transport.write(following)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        if self._on_answer is not None:
            self._body.append(body)

    def on_message_complete(self) -> None:
        self._load.seconds.append(time.perf_counter() - self._asked)
        self._load.statuses[self._parser.get_status_code()] += 1
        self._under_way = b""
        if self._on_answer is not None:
            self._on_answer(b"".join(self._body))
            self._body.clear()
        self.ask_next()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self._again = asyncio.get_running_loop().create_task(self._ask_again())

    async def _ask_again(self) -> None:
        try:
            await self.connect()
        except OSError as error:
            self.done.set_exception(error)
            return
        if self._under_way:
            self.transport.write(self._under_way)
