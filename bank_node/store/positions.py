"""Where the reader stood when this bank last committed, read at its start."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bank_node.store import schema
from bank_node.transfers.ports import TopicIdentity


def read_before(connection: Connection, topic: str) -> bool:
    """Whether this bank has ever stored a position in a log of this name."""
    table = schema.positions.c
    return connection.execute(select(table.partition).where(table.topic == topic).limit(1)).first() is not None


def stored_position(connection: Connection, log: TopicIdentity) -> dict[int, int]:
    """The next offset of each partition of exactly this log; empty where another cluster or topic id was read."""
    table = schema.positions.c
    found = connection.execute(
        select(table.partition, table.next_offset).where(
            table.cluster_id == log.cluster_id, table.topic_id == log.topic_id, table.topic == log.topic
        )
    )
    return {partition: offset for partition, offset in found if partition < log.partitions}
