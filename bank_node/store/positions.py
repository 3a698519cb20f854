"""Where the reader stood when this bank last committed, read at its start."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from bank_node.store import schema
from bank_node.transfers.ports import TopicIdentity

_ROW = schema.positions.c
_OF_A_LOG = select(_ROW.partition, _ROW.next_offset).where(
    _ROW.cluster_id == bindparam("cluster_id"),
    _ROW.topic_id == bindparam("topic_id"),
    _ROW.topic == bindparam("topic"),
)


def read_before(connection: Connection, topic: str) -> bool:
    """Whether this bank has ever stored a position in a log of this name."""
    return connection.execute(select(_ROW.partition).where(_ROW.topic == topic).limit(1)).first() is not None


def stored_position(connection: Connection, log: TopicIdentity) -> dict[int, int]:
    """The next offset of each partition of exactly this log; empty where another cluster or topic id was read."""
    asked = {"cluster_id": log.cluster_id, "topic_id": log.topic_id, "topic": log.topic}
    found = connection.execute(_OF_A_LOG, asked)
    return {partition: offset for partition, offset in found if partition < log.partitions}
