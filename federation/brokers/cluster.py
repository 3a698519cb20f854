"""What a running cluster says of itself: which nodes serve, which topics are there; and wiping a topic.

`ask` is one request on one socket, without threads, so that a process that forks may use it. Banks have their own room.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from federation.failure import ExitCode, Failure

REPLY_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What one node knows: the cluster's id and the nodes that serve, id -> HOST:PORT as advertised."""

    cluster_id: str
    serving: Mapping[int, str]


def ask(address: str, timeout_s: float = 1.0) -> Answer | None:
    """Asks the node at HOST:PORT (no TLS) which nodes serve; None if it does not answer, or not as Kafka does."""
    from kafka.protocol.admin import DescribeClusterRequest, DescribeClusterResponse

    request = DescribeClusterRequest(include_cluster_authorized_operations=False, version=0)
    request.with_header(correlation_id=1, client_id="bankfed")
    host, _, port = address.rpartition(":")
    until = time.monotonic() + timeout_s
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout_s) as line:
            line.sendall(request.encode(header=True, framed=True))
            (length,) = struct.unpack(">i", _receive(line, 4, until))
            if not 0 < length < REPLY_BYTES_MAX:
                return None
            reply = DescribeClusterResponse.decode(_receive(line, length, until), version=0, header=True)
    except (OSError, ValueError, LookupError, struct.error):
        return None
    if reply.error_code:
        return None
    return Answer(reply.cluster_id, {node.broker_id: f"{node.host}:{node.port}" for node in reply.brokers})


def _receive(line: socket.socket, count: int, until: float) -> bytes:
    received = b""
    while len(received) < count:
        line.settimeout(max(0.001, until - time.monotonic()))
        chunk = line.recv(count - len(received))
        if not chunk:
            raise ConnectionError("hung up")
        received += chunk
    return received


def wipe_topic(bootstrap: str, topic: str, timeout_s: float = 15.0) -> str:
    """Deletes a topic and makes it again, empty, with the same partitions and settings; returns its new id."""
    from kafka.admin import ConfigResource, ConfigResourceType
    from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError

    with admin(bootstrap, timeout_s) as client:
        before = _described(client, topic)
        if before is None:
            raise Failure(f"there is no topic {topic} to wipe", do="bankfed topic tail lists the topics")
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        found = client.describe_configs([resource], config_filter="modified")["topic"][topic]
        settings = {n: c["value"] for n, c in found.items() if c["config_source"] == "DYNAMIC_TOPIC_CONFIG"}
        wanted = {
            "num_partitions": len(before["partitions"]),
            "replication_factor": len(before["partitions"][0]["replica_nodes"]),
            "configs": settings,
        }
        client.delete_topics([topic])
        # the name is free when the brokers have heard of it, a moment after the answer
        _until(timeout_s, lambda: _done(lambda: client.create_topics({topic: wanted}), TopicAlreadyExistsError))
        _until(timeout_s, lambda: _done(lambda: client.wait_for_topics([topic]), UnknownTopicOrPartitionError))
        # a node may still show the old one for a moment, or the new one before anybody leads it
        _until(timeout_s, lambda: bool(_served(client, topic) - {before["topic_id"]}))
        (after,) = _served(client, topic)
    return str(after)


@contextmanager
def admin(bootstrap: str, timeout_s: float, security: Mapping[str, str] | None = None) -> Iterator[Any]:
    """kafka-python's admin client, or a Failure in words where nobody answers. It has a thread while it is open."""
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError
    from kafka.net.compat import KafkaNetClient

    made: list[Any] = []

    def make(**config: Any) -> Any:
        made.append(KafkaNetClient(**config))
        return made[0]

    try:
        client = KafkaAdminClient(
            bootstrap_servers=bootstrap.split(","),
            client_id="bankfed",
            bootstrap_timeout_ms=int(timeout_s * 1000),
            request_timeout_ms=int(timeout_s * 1000),
            kafka_client=make,
            **(security or {}),
        )
    except (KafkaError, OSError, ValueError) as error:
        for unused in made:  # a client that could not be made leaves its thread behind
            unused.close()
            unused._manager._net.stop()
        raise _away(bootstrap, error) from error
    try:
        yield client
    except (KafkaError, OSError) as error:
        raise _away(bootstrap, error) from error
    finally:
        client.close()


def _away(bootstrap: str, error: Exception) -> Failure:
    return Failure(
        f"the broker does not answer at {bootstrap}",
        why=f"{type(error).__name__}: {error}",
        do="bankfed ps shows its state; bankfed start broker starts it",
        code=ExitCode.NOT_RUNNING,
    )


def _described(client: Any, topic: str) -> dict[str, Any] | None:
    found = [t for t in client.describe_topics([topic]) if t["name"] == topic and not t["error_code"]]
    return found[0] if found else None


def _served(client: Any, topic: str) -> set[Any]:
    """The id of the topic, if every partition of it has a leader."""
    found = _described(client, topic)
    if found is None or any(part["leader_id"] < 0 or part["error_code"] for part in found["partitions"]):
        return set()
    return {found["topic_id"]}


def _done(attempt: Callable[[], object], not_yet: type[Exception]) -> bool:
    try:
        attempt()
    except not_yet:
        return False
    return True


def _until(timeout_s: float, done: Callable[[], bool]) -> None:
    until = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > until:
            raise Failure("the broker took too long", why=f"{timeout_s:.0f} s have passed", do="try again")
        time.sleep(0.05)
