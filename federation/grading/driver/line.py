"""HTTP to one bank over connections that are asked one thing at a time. No client library: who kills a bank in between
must know what has left and what has come, and ten thousand orders must not slow down the banks on this machine.

A connection is used again only while it is fresh: one that a server may be about to close proves nothing about the
bank.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httptools

from federation.grading.dialect import Ask

FRESH_S = 1.0
ANSWER_BYTES_MAX = 8 * 2**20
IN_PATHS = "/:?&=%#+,;@!$'()*[]~"

Now = Callable[[], None]


class Cut(Exception):
    """No answer, in words."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any  # decoded, or the text that could not be


def nothing() -> None:
    return


class Lines:
    """All connections to one bank; `most` at once, and who comes then waits for one."""

    def __init__(self, url: str, most: int) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.room = asyncio.Semaphore(most)
        self._idle: list[_Line] = []

    async def ask(self, ask: Ask, timeout_s: float, sent: Now = nothing, answered: Now = nothing) -> Answer:
        """Raises Cut. `sent`: the whole request has left; `answered`: its whole answer is there."""
        line: _Line | None = None
        answer: Answer | None = None
        try:
            async with asyncio.timeout(timeout_s):
                line = await self._line()
                answer = await line.ask(self._written(ask), sent, answered)
        except TimeoutError:
            answer = line.told if line is not None else None  # it came, and whoever was told of it took his time
            if line is None or answer is None:
                raise Cut(f"no answer within {timeout_s:g} s") from None
        except ConnectionRefusedError:
            raise Cut("nobody listens there") from None
        except OSError as error:
            raise Cut(f"the connection broke: {error.strerror or error}") from None
        finally:
            if line is not None and not line.is_free:
                line.abort()
        if line.is_free:
            line.since = time.monotonic()
            self._idle.append(line)
        return answer

    def close(self) -> None:
        for line in self._idle:
            line.abort()
        self._idle.clear()

    async def _line(self) -> _Line:
        while self._idle:
            line = self._idle.pop()
            if line.is_free and not line.transport.is_closing() and time.monotonic() - line.since < FRESH_S:
                return line
            line.abort()
        _, line = await asyncio.get_running_loop().create_connection(_Line, self.host, self.port)
        return line

    def _written(self, ask: Ask) -> bytes:
        path = quote(ask.path, safe=IN_PATHS)
        lines = [f"{ask.method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", "Accept: application/json"]
        lines += [f"{name}: {value}" for name, value in ask.headers.items()]
        body = b""
        if ask.json is not None:
            body = json.dumps(ask.json, ensure_ascii=False).encode()
            lines.append("Content-Type: application/json")
        elif ask.form is not None:
            body = urlencode(ask.form).encode()
            lines.append("Content-Type: application/x-www-form-urlencoded")
        if body or ask.method != "GET":
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body


class _Line(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.since = 0.0
        self.is_free = True  # for another request
        self._waiting: asyncio.Future[Answer] | None = None
        self._answered: Now = nothing
        self._has_headers = self._has_length = False
        self.told: Answer | None = None
        self._begin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    async def ask(self, data: bytes, sent: Now, answered: Now) -> Answer:
        self.is_free = False
        self._begin()
        if self.transport.is_closing():
            raise ConnectionResetError(0, "closed by the bank")
        self._waiting, self._answered = asyncio.get_running_loop().create_future(), answered
        self.transport.write(data)  # a small request goes to the kernel right here
        sent()
        return await self._waiting

    def abort(self) -> None:
        self.is_free = False
        if self._waiting is not None and not self._waiting.cancel() and not self._waiting.cancelled():
            self._waiting.exception()  # whoever waited for it was cancelled at the same moment
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.abort()  # it talks unasked
            return
        self._size += len(data)
        if self._size > ANSWER_BYTES_MAX:
            self._break(f"an answer of more than {ANSWER_BYTES_MAX // 2**20} MiB")
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._break(f"what came is no HTTP ({error or type(error).__name__})")

    def on_header(self, name: bytes, _value: bytes) -> None:
        self._has_length = self._has_length or name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        self._has_headers = True

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # 100 Continue: the answer is still to come
            self._forget()
            return
        self._finish(keep=self._parser.should_keep_alive())

    def eof_received(self) -> bool:
        if self._has_headers and not self._has_length:  # an answer that ends with its connection
            self._finish(keep=False)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.is_free = False
        self._break(f"the connection broke: {error}" if error else "the connection was closed without an answer")

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.told = None
        self._forget()

    def _forget(self) -> None:
        self._body: list[bytes] = []
        self._size, self._has_headers, self._has_length = 0, False, False

    def _finish(self, *, keep: bool) -> None:
        if self._waiting is None or self._waiting.done():
            return
        self._answered()
        self.is_free = keep and not self.transport.is_closing()
        self.told = Answer(self._parser.get_status_code(), _decoded(b"".join(self._body)))
        self._waiting.set_result(self.told)

    def _break(self, why: str) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Cut(why))
        if not self.transport.is_closing():
            self.abort()


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return body[:2000].decode("utf-8", "replace")
