"""The files of one partition of a broker that is down: the last batches cut off, as after a power cut that took what
was acknowledged and not yet on the disk. Nothing here runs or asks a broker.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from federation.failure import Failure

# Of each batch: its first offset, the bytes that follow; after 11 more bytes how far the last record is from the first
_HEAD = struct.Struct(">qi")
_LAST_OFFSET_DELTA = struct.Struct(">i")
_DELTA_AT = _HEAD.size + 11
CLEAN = ".kafka_cleanshutdown"


@dataclass(frozen=True, slots=True)
class Batch:
    at: int  # byte of the segment
    first_offset: int
    records: int


def batches(segment: Path) -> list[Batch]:
    return list(_batches(segment.read_bytes()))


def cut(folder: Path, records: int) -> int:
    """At least so many records, whole batches of the newest segment, are gone from the end: how many. Where it has
    fewer, all that it has."""
    segments = sorted(folder.glob("*.log"))
    if not segments:
        raise Failure(f"there are no files of {folder.name}", why=str(folder))
    there = batches(segments[-1])
    gone = 0
    keep = len(there)
    while keep and gone < records:
        keep -= 1
        gone += there[keep].records
    if not gone:
        return 0
    from_offset = there[keep].first_offset
    with segments[-1].open("r+b") as file:
        file.truncate(there[keep].at)
    _forget_what_is_told_of_it(folder, segments[-1], from_offset)
    return gone


def _forget_what_is_told_of_it(folder: Path, segment: Path, from_offset: int) -> None:
    """Indexes and what is known of producers: both are made anew from the segment."""
    for suffix in (".index", ".timeindex", ".txnindex"):
        segment.with_suffix(suffix).unlink(missing_ok=True)
    for snapshot in folder.glob("*.snapshot"):
        if int(snapshot.stem) > from_offset:
            snapshot.unlink()
    (folder.parent / CLEAN).unlink(missing_ok=True)


def _batches(content: bytes) -> Iterator[Batch]:
    at = 0
    while at + _DELTA_AT + _LAST_OFFSET_DELTA.size <= len(content):
        first_offset, length = _HEAD.unpack_from(content, at)
        if length <= 0:
            break  # the file is made larger than what is in it
        (delta,) = _LAST_OFFSET_DELTA.unpack_from(content, at + _DELTA_AT)
        yield Batch(at, first_offset, delta + 1)
        at += _HEAD.size + length
