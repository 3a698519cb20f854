"""One connection of a bank to the broker: two ways, each read ahead and passed on in order, as the exchange decides."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from contextlib import suppress

from federation.wire.addresses import Door
from federation.wire.exchange import Asked, Exchange, Passing
from federation.wire.frames import (
    ANSWER_BYTES_MAX,
    REQUEST_BYTES_MAX,
    NotKafka,
    Side,
    correlation_of,
    framed,
    read_frame,
)
from federation.wire.rules import Half, Laid, Pace

# On one way; more waits in the system's own buffers, as behind a slow network
FRAMES_AHEAD, BYTES_AHEAD = 64, 16_000_000
WAITING_MAX = 10_000  # for their answers on one line; with acks=0 nobody ever answers
# A broker that is down refuses at once, and clients wait longer each time; who was taken and then sent away does not
REFUSED_AFTER_S = 0.2
_AT_ONCE = struct.pack("ii", 1, 0)  # closing is a reset, and what was not sent yet is forgotten

BYTES_MAX = {Side.REQUEST: REQUEST_BYTES_MAX, Side.ANSWER: ANSWER_BYTES_MAX}


class Line:
    def __init__(self, exchange: Exchange, bank: str, number: int, broker: tuple[str, int], door: Door) -> None:
        self.bank, self.number = bank, number
        self.mutes: set[Laid] = set()  # what made, or is about to make, a hole in it
        self._exchange, self._broker, self._door = exchange, broker, door
        self._asked: deque[Asked] = deque()  # of the broker
        self._waiting: deque[Asked] = deque()  # as the bank sees it; those answered leave a little later
        self._cut = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def run(self, client: socket.socket) -> None:
        """Until one end has closed it, or it is cut."""
        traffic = self._exchange.traffic[self.bank]
        traffic.lines += 1
        try:
            from_bank, to_bank = await asyncio.open_connection(sock=client)
            self._writers.append(to_bank)
            try:
                from_broker, to_broker = await asyncio.open_connection(*self._broker)
            except OSError:
                traffic.refused += 1
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._cut.wait(), REFUSED_AFTER_S)
                self._abort()
                return
            self._writers.append(to_broker)
            if not self._cut.is_set():
                await self._serve(
                    _Way(self, Side.REQUEST, from_bank, to_broker), _Way(self, Side.ANSWER, from_broker, to_bank)
                )
        finally:
            for asked in self.waiting():
                traffic.waited(asked, asyncio.get_running_loop().time())
            await self._close()

    def cut(self) -> None:
        """Now, towards both ends."""
        if not self._cut.is_set():
            self._cut.set()
            self._exchange.traffic[self.bank].cut += 1
        self._abort()

    def _abort(self) -> None:
        for writer in self._writers:
            with suppress(OSError):  # it may be closed already
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.transport.abort()

    def waiting(self) -> list[Asked]:
        """The requests that wait for their answers, the oldest first, as the bank sees it."""
        self._forget_answered()
        return [asked for asked in self._waiting if not asked.answered]

    def _forget_answered(self) -> None:
        while self._waiting and self._waiting[0].answered:
            self._waiting.popleft()

    async def _serve(self, requests: _Way, answers: _Way) -> None:
        ways = [asyncio.ensure_future(each) for each in (requests.run(), answers.run(), self._cut.wait())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if not self._cut.is_set():
                for laid in list(self._exchange.slow_closes(self.bank)):
                    laid.bit()
                    await laid.rest(getattr(laid.rule.act, "seconds", 0.0))
        finally:
            for way in ways:
                way.cancel()
            ended = await asyncio.gather(*ways, return_exceptions=True)
            for error in ended:
                if isinstance(error, Exception):
                    self._exchange.worry(f"a line of {self.bank} ended by a mistake of the proxy: {error!r}")

    async def _close(self) -> None:
        for writer in self._writers:
            writer.close()
        for writer in self._writers:
            with suppress(OSError):
                await writer.wait_closed()

    def passing(self, side: Side, payload: bytes) -> Passing:
        """The frame that has come, and what was decided of it. Raises NotKafka, NotUnderstood."""
        return self._request(payload) if side is Side.REQUEST else self._answer(payload)

    def _request(self, payload: bytes) -> Passing:
        passing = self._exchange.request(self.bank, self.number, payload)
        self._forget_answered()
        if len(self._waiting) >= WAITING_MAX:
            raise NotKafka(f"more than {WAITING_MAX} requests without an answer")
        self._waiting.append(passing.asked)
        if passing.dropped is None:
            self._asked.append(passing.asked)
        return passing

    def _answer(self, payload: bytes) -> Passing:
        correlation = correlation_of(payload)
        while self._asked:  # a broker answers in order; what was not answered (acks=0) never will be
            asked = self._asked.popleft()
            if asked.header.correlation == correlation:
                return self._exchange.answer(self.bank, self.number, payload, asked, self._door)
            asked.answered = True
        raise NotKafka(f"an answer to nothing that was asked ({correlation})")

    def refuse(self, error: Exception, side: Side) -> None:
        """What a bank should not have said is its own business, anything else the grader's."""
        tell = self._exchange.note if side is Side.REQUEST and isinstance(error, NotKafka) else self._exchange.worry
        tell(f"a line of {self.bank} was cut, for it carried {error or repr(error)}")
        self.cut()


class _Way:
    """One direction: read ahead, so that what is delayed does not delay what is read; passed on in order."""

    def __init__(self, line: Line, side: Side, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._line, self._side, self._source, self._sink = line, side, source, sink
        self._ahead: asyncio.Queue[Passing | None] = asyncio.Queue(FRAMES_AHEAD)
        self._bytes_ahead = 0
        self._withheld = False  # a frame that must not come late
        self._room = asyncio.Event()
        sink.transport.set_write_buffer_limits(high=0)  # passed on means: the system has all of it

    async def run(self) -> None:
        reading = asyncio.ensure_future(self._read())
        try:
            await self._pass_on()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self) -> None:
        muted = broken = False
        try:
            while not broken and (payload := await self._payload()) is not None:
                if muted:
                    continue
                passing = self._line.passing(self._side, payload)
                if passing.broken is not None:
                    broken = True  # what is behind it is nobody's nth
                    self._line.mutes.add(passing.broken)
                if passing.dropped is not None:
                    muted = True
                    self._line.mutes.add(passing.dropped)
                    continue
                self._withheld = self._withheld or passing.withheld
                self._bytes_ahead += len(passing.payload)
                await self._ahead.put(passing)
                while self._bytes_ahead > BYTES_AHEAD:
                    self._room.clear()
                    await self._room.wait()
        except Exception as error:  # whatever it is: nothing passes that nobody looked at
            self._line.refuse(error, self._side)
        if self._withheld:
            self._line.cut()
        await self._ahead.put(None)

    async def _payload(self) -> bytes | None:
        try:
            return await read_frame(self._source, BYTES_MAX[self._side])
        except OSError:
            return None  # a stream that breaks off has ended

    async def _pass_on(self) -> None:
        loop = asyncio.get_running_loop()
        while (passing := await self._ahead.get()) is not None:
            for laid, until in passing.delays:
                await laid.rest(until - loop.time())
            for gate in passing.gates:
                await gate.wait()
            self._withheld = self._withheld and not passing.withheld
            frame = framed(passing.payload)
            try:
                if passing.broken is not None:
                    if isinstance(passing.broken.rule.act, Half):
                        await self._send(frame[: len(frame) // 2])
                    passing.broken.bit()
                    self._line.cut()
                    return
                await (self._send(frame) if passing.pace is None else self._send_slowly(frame, passing.pace))
            except OSError:
                return  # nobody is there any more
            self._bytes_ahead -= len(passing.payload)
            self._room.set()
            for then in passing.then:
                then()

    async def _send(self, some: bytes) -> None:
        self._sink.write(some)
        await self._sink.drain()

    async def _send_slowly(self, frame: bytes, laid: Laid) -> None:
        pace = laid.rule.act
        assert isinstance(pace, Pace)
        for start in range(0, len(frame), pace.slice_bytes):
            some = frame[start : start + pace.slice_bytes]
            await laid.rest(len(some) / pace.bytes_per_s)
            await self._send(some)
