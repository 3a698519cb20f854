"""Where the reader stood when this bank last committed, read at its start."""

from __future__ import annotations

from sqlalchemy import Connection

from bank_node.store.statements import Hot, ask
from bank_node.transfers.ports import TopicIdentity

ANY = Hot("SELECT partition FROM positions WHERE topic = :topic LIMIT 1")
OF_A_LOG = Hot(
    "SELECT partition, next_offset FROM positions"
    " WHERE cluster_id = :cluster_id AND topic_id = :topic_id AND topic = :topic"
)


def read_before(connection: Connection, topic: str) -> bool:
    """Whether this bank has ever stored a position in a log of this name."""
    return ask(connection, ANY, {"topic": topic}).first() is not None


def stored_position(connection: Connection, log: TopicIdentity) -> dict[int, int]:
    """The next offset of each partition of exactly this log; empty where another cluster or topic id was read."""
    asked = {"cluster_id": log.cluster_id, "topic_id": log.topic_id, "topic": log.topic}
    found = ask(connection, OF_A_LOG, asked)
    return {partition: offset for partition, offset in found if partition < log.partitions}
