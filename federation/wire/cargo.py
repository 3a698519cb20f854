"""What Produce and Fetch carry: which topics, which records; and what a broker says it has taken. Read with
kafka-python's own classes, at the version that the request names, and only when somebody wants to know."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kafka.protocol.consumer import FetchResponse
from kafka.protocol.producer import ProduceRequest, ProduceResponse
from kafka.record import MemoryRecords

COMPRESSED_BYTES_MAX = 65_536  # a node may write what grows a thousandfold

# of a record: its key and its value
Wanted = Callable[[bytes | None, bytes | None], bool]
# of a value: what its record is called, "" where it has no name
NameOf = Callable[[bytes], str]


class NotUnderstood(Exception):
    """A frame of a version, or a batch of a compression, that kafka-python does not read."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Batches of one partition, as they lie in the frame. `topic` is empty where only an unknown id names it."""

    topic: str
    partition: int
    batches: bytes

    def records(self) -> Iterator[tuple[bytes | None, bytes | None]]:
        try:
            for batch in MemoryRecords(self.batches):
                if batch.compression_type and batch.size_in_bytes > COMPRESSED_BYTES_MAX:
                    raise NotUnderstood("a compressed batch that is too large to be opened")
                if not getattr(batch, "is_control_batch", False):
                    yield from ((record.key, record.value) for record in batch)
        except NotUnderstood:
            raise
        except Exception as error:  # of whatever a decompressor makes of bytes that anybody may have written
            raise NotUnderstood(f"records of {self.topic or 'a topic'}: {error or type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class Acked:
    """The broker has told a bank that this record is its own now; the answer has been passed on."""

    bank: str
    topic: str
    partition: int
    offset: int
    sha256: str  # of the value
    at_us: int
    name: str = ""  # of the record, by whoever made the proxy: its transaction_id, say


def parted(kind: Any, payload: bytes, version: int) -> tuple[bytes, Any]:
    """The bytes of the header, and what stands behind it as kafka-python's object."""
    stream = io.BytesIO(payload)
    try:
        kind.parse_header(stream, version=version)
        return payload[: stream.tell()], kind.decode(memoryview(payload)[stream.tell() :], version=version)
    except Exception as error:  # of whatever a decoder makes of bytes that anybody may have written
        said = f"{kind.__name__} version {version} of {len(payload)} bytes"
        raise NotUnderstood(f"{said} is not understood (read are 0 to {kind.max_version}): {error}") from error


def decoded(kind: Any, payload: Any, version: int) -> Any:
    """`payload`: as it came, or read already."""
    return parted(kind, payload, version)[1] if isinstance(payload, bytes) else payload


def of_produce(request: bytes, version: int, names: Mapping[Any, str]) -> list[Lot]:
    said = decoded(ProduceRequest, request, version)
    return [
        Lot(_topic(topic, version >= 13, "name", names), part.index, bytes(part.records))
        for topic in said.topic_data
        for part in topic.partition_data
        if part.records
    ]


def of_fetch(answer: Any, version: int, names: Mapping[Any, str]) -> list[Lot]:
    said = decoded(FetchResponse, answer, version)
    return [
        Lot(_topic(topic, version >= 13, "topic", names), part.partition_index, bytes(part.records))
        for topic in said.responses
        for part in topic.partitions
        if part.records
    ]


def acked(
    bank: str, lots: list[Lot], answer: Any, version: int, names: Mapping[Any, str], at_us: int, name_of: NameOf
) -> Iterator[Acked]:
    """What the answer to a Produce request of these lots acknowledges."""
    said = decoded(ProduceResponse, answer, version)
    first = {
        (_topic(topic, version >= 13, "name", names), part.index): part.base_offset
        for topic in said.responses
        for part in topic.partition_responses
        if not part.error_code and part.base_offset >= 0
    }
    for lot in lots:
        offset = first.get((lot.topic, lot.partition))
        if offset is not None:
            for place, (_, value) in enumerate(lot.records()):
                digest = hashlib.sha256(value or b"").hexdigest()
                yield Acked(bank, lot.topic, lot.partition, offset + place, digest, at_us, name_of(value or b""))


def _topic(topic: Any, by_id: bool, name: str, names: Mapping[Any, str]) -> str:
    return names.get(topic.topic_id, "") if by_id else str(getattr(topic, name))
