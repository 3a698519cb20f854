"""A broker of a few lines that speaks frames and nothing else, and who calls it: to test what stands between them."""

from __future__ import annotations

import asyncio
import functools
import inspect
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from federation.wire import proxy as proxy_module
from federation.wire.frames import Api, Header, framed, read_frame
from federation.wire.proxy import Proxy

STORY_S = 30.0  # a story that hangs is told so


def played(story: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """An async test, in a loop of its own; who still calls at its end hangs up."""

    async def in_time() -> None:
        try:
            async with asyncio.timeout(STORY_S):
                await story()
        finally:
            while CALLERS:
                await CALLERS.pop().hang_up()

    @functools.wraps(story)
    def test() -> None:
        asyncio.run(in_time())

    return test


async def until(so: Callable[[], object]) -> None:
    """Lets the others work until it is so."""
    while not so():
        await asyncio.sleep(0.001)


def request(correlation: int, api: int = Api.PRODUCE, body: bytes = b"", version: int = 0) -> bytes:
    return struct.pack(">hhi", api, version, correlation) + body


class FakeBroker:
    """Answers a request with its correlation id and what `says` returns for it (None: never), once it is ready."""

    def __init__(self, says: Callable[[bytes], bytes | None] = lambda asked: b"yes: " + asked[8:]) -> None:
        self.heard: list[bytes] = []
        self.raw = bytearray()  # of lines that ended in the middle of a frame, what came
        self.ended = 0  # lines
        self.mistaken = False  # answers nothing that was asked
        self.ready = asyncio.Event()
        self.ready.set()
        self._says = says
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.ready.set()
        self.hang_up()
        await until(lambda: not self.lines)

    @property
    def lines(self) -> int:
        return len(self._writers)

    def stop_listening(self) -> None:
        self._server.close()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    @property
    def correlations(self) -> list[int]:
        return [Header.of_request(asked).correlation for asked in self.heard]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                start = await self._exactly(reader, 4)
                asked = await self._exactly(reader, struct.unpack(">i", start)[0])
                self.heard.append(asked)
                said = self._says(asked)
                if said is not None:
                    await self.ready.wait()
                    writer.write(framed((bytes(4) if self.mistaken else asked[4:8]) + said))
        except (OSError, EOFError):
            self.ended += 1
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self._writers.discard(writer)

    async def _exactly(self, reader: asyncio.StreamReader, count: int) -> bytes:
        try:
            return await reader.readexactly(count)
        except asyncio.IncompleteReadError as error:
            self.raw += error.partial
            raise
        except OSError:
            self.raw += reader._buffer  # type: ignore[attr-defined]
            raise


ROOM = str(Path(proxy_module.__file__).parent)
CALLERS: list[Caller] = []


class Caller:
    """A client of one line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        CALLERS.append(self)

    @classmethod
    async def of(cls, address: str) -> Self:
        host, port = address.split(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    def send(self, asked: bytes) -> None:
        self.writer.write(framed(asked))

    async def answer(self) -> tuple[int, bytes] | None:
        """Correlation id and what was said; None when the line has ended."""
        try:
            said = await read_frame(self.reader)
        except OSError:
            return None
        return None if said is None else (struct.unpack_from(">i", said)[0], said[4:])

    async def ask(self, asked: bytes) -> tuple[int, bytes] | None:
        self.send(asked)
        return await self.answer()

    async def hears_nothing(self, meanwhile: Awaitable[object]) -> bool:
        """Whether no answer has come by the time that something else has happened."""
        waiting = asyncio.ensure_future(self.reader.readexactly(1))
        await meanwhile
        await asyncio.sleep(0.01)
        nothing = not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return nothing

    async def hang_up(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


@dataclass
class Wire:
    proxy: Proxy
    broker: FakeBroker

    async def call(self, bank: str = "ALFA") -> Caller:
        return await Caller.of(self.proxy.address(bank))


@asynccontextmanager
async def a_wire(seed: int = 0, broker: FakeBroker | None = None) -> AsyncIterator[Wire]:
    """Doors of ALFA and BRVO to one broker; afterwards nothing of the proxy is left, and it had no trouble."""
    async with broker or FakeBroker() as listening:
        proxy = Proxy(seed)
        proxy.open("ALFA", listening.address)
        proxy.open("BRVO", listening.address)
        try:
            yield Wire(proxy, listening)
        finally:
            await proxy.close()
            assert _its_tasks() == []
    assert proxy.trouble == []


def _its_tasks() -> list[object]:
    running = [task.get_coro() for task in asyncio.all_tasks()]
    return [each for each in running if inspect.iscoroutine(each) and each.cr_code.co_filename.startswith(ROOM)]
