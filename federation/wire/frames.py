"""Kafka's frames as they pass on a wire: a length, and of the headers only what is in clear at the same place in every
version: api key, api version, correlation id. What lies behind them is not read here (cargo, addresses)."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from enum import IntEnum, StrEnum

REQUEST_BYTES_MAX = 16_000_000  # a producer sends 1 MB at most, if nobody told it otherwise
ANSWER_BYTES_MAX = 110_000_000  # a consumer asks for 50 MB at most

_LENGTH = struct.Struct(">i")
_REQUEST = struct.Struct(">hhi")


class Api(IntEnum):
    """The api keys that somebody here has a word for; rules take any other number too."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    METADATA = 3
    OFFSET_COMMIT = 8
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    API_VERSIONS = 18
    INIT_PRODUCER_ID = 22
    TXN_OFFSET_COMMIT = 28
    DESCRIBE_CLUSTER = 60


class Side(StrEnum):
    """Requests go from the bank to the broker, answers come back."""

    REQUEST = "request"
    ANSWER = "answer"


class NotKafka(Exception):
    """What came is no frame."""


@dataclass(frozen=True, slots=True)
class Header:
    api: int
    version: int
    correlation: int

    @classmethod
    def of_request(cls, payload: bytes) -> Header:
        if len(payload) < _REQUEST.size:
            raise NotKafka(f"a request of {len(payload)} bytes")
        return cls(*_REQUEST.unpack_from(payload))


def correlation_of(answer: bytes) -> int:
    if len(answer) < _LENGTH.size:
        raise NotKafka(f"an answer of {len(answer)} bytes")
    return int(_LENGTH.unpack_from(answer)[0])


async def read_frame(stream: asyncio.StreamReader, bytes_max: int = ANSWER_BYTES_MAX) -> bytes | None:
    """What a frame holds, without its length; None where the stream ends, between two frames or within one."""
    try:
        (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
        if not 0 <= length <= bytes_max:
            raise NotKafka(f"a frame of {length} bytes")
        return await stream.readexactly(length)
    except asyncio.IncompleteReadError:
        return None


def framed(payload: bytes) -> bytes:
    return _LENGTH.pack(len(payload)) + payload
