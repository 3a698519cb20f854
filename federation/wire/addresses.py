"""Answers in which a broker says where it is called: each address becomes the door that leads there, so that no client
finds a way past the proxy. An answer that names no other address passes as it came, byte for byte.

With a listener per bank the broker advertises the doors themselves, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kafka.protocol.admin import DescribeClusterResponse
from kafka.protocol.consumer import FetchResponse
from kafka.protocol.metadata import FindCoordinatorResponse, MetadataResponse
from kafka.protocol.producer import ProduceResponse

from federation.wire.cargo import parted
from federation.wire.frames import Api

# host, port -> host, port
Door = Callable[[str, int], tuple[str, int]]

_KINDS: dict[int, Any] = {
    Api.METADATA: MetadataResponse,
    Api.FIND_COORDINATOR: FindCoordinatorResponse,
    Api.DESCRIBE_CLUSTER: DescribeClusterResponse,
    Api.PRODUCE: ProduceResponse,
    Api.FETCH: FetchResponse,
}
# the first version that names brokers: Produce and Fetch say who leads a partition now
_SINCE = {Api.PRODUCE: 10, Api.FETCH: 16}


def names_brokers(api: int, version: int) -> bool:
    return api in _KINDS and version >= _SINCE.get(Api(api), 0)


def redirected(api: int, version: int, answer: bytes, door: Door) -> tuple[bytes, Any]:
    """The answer with doors for addresses, and what it says (kafka-python's object)."""
    header, said = parted(_KINDS[api], answer, version)
    changed = False
    for node in _brokers(said, api, version):
        if node.host and node.port > 0:
            host, port = door(node.host, node.port)
            if (host, port) != (node.host, node.port):
                node.host, node.port, changed = host, port, True
    return (header + said.encode() if changed else answer), said


def topic_names(said: Any, version: int) -> Iterator[tuple[Any, str]]:
    """Of an answer to Metadata: id and name of each topic. Newer Produce and Fetch name topics by their id."""
    if version >= 10:
        yield from ((topic.topic_id, topic.name) for topic in said.topics if topic.name)


def _brokers(said: Any, api: int, version: int) -> Iterator[Any]:
    if api in (Api.METADATA, Api.DESCRIBE_CLUSTER):
        yield from said.brokers
    elif api in _SINCE:
        yield from said.node_endpoints or ()
    elif version >= 4:
        yield from said.coordinators
    else:
        yield said
