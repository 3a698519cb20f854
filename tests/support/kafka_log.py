"""A broker that forgets: the last batch of a partition cut off its log; every record that is there now gone."""

from __future__ import annotations

import struct

from kafka import TopicPartition

from federation.brokers.cluster import admin
from tests.support.real_federation import RealFederation

_HEAD = struct.Struct(">qi")  # of each batch in a segment: its first offset, the bytes that follow


def cut_last_batch(federation: RealFederation, topic: str, partition: int) -> int:
    """In the files of a broker of one node that is down; the first offset that is gone, and will be used again."""
    (folder,) = (federation.data / "broker").rglob(f"{topic}-{partition}")
    segment = max(folder.glob("*.log"))
    at, batches = 0, list[tuple[int, int]]()
    content = segment.read_bytes()
    while at + _HEAD.size <= len(content):
        first_offset, length = _HEAD.unpack_from(content, at)
        if length <= 0:
            break  # the file is made larger than what is in it
        batches.append((at, first_offset))
        at += _HEAD.size + length
    assert batches, f"{segment} has no batch"
    start, first_offset = batches[-1]
    with segment.open("r+b") as file:
        file.truncate(start)
    return first_offset


def forget_before_the_end(federation: RealFederation, topic: str, partition: int) -> None:
    """As retention does it, at once: every record that is there now is gone, and the offsets go on."""
    with admin(federation.bootstrap(), 10.0) as client:
        one = TopicPartition(topic, partition)
        client.delete_records({one: -1})  # -1: up to the high watermark
