"""The settings of a Kafka node as plain values: ports, listeners, server.properties. Nothing is done here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from federation.brokers.broker import HOST
from federation.failure import ExitCode, Failure

CLIENTS, CONTROLLER = "PLAINTEXT", "CONTROLLER"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a broker of one or three nodes listens.

    `port` and the next ones are for clients, those from `port` + 3 for the controllers. In the lab each bank has a
    listener of its own, and `advertised` says what that listener tells its bank to call (HOST:PORT, a proxy's say).
    """

    port: int
    nodes: int = 1
    listeners: Mapping[str, int] = field(default_factory=dict)
    advertised: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.nodes not in (1, 3):
            raise Failure(
                f"a broker of {self.nodes} nodes",
                why="two nodes stop when either does",
                do="--brokers 1 or --brokers 3",
                code=ExitCode.USAGE,
            )
        if self.listeners and self.nodes > 1:
            raise Failure(
                "a listener per bank on a broker of three nodes",
                why="a bank would need three listeners and three proxies",
                do="use --lab with --brokers 1",
                code=ExitCode.USAGE,
            )
        unknown = sorted(set(self.advertised) - set(self.listeners))
        if unknown:
            raise Failure(
                f"an address is advertised for {', '.join(unknown)}, which has no listener of its own",
                do="--advertise goes with --lab and names a bank that runs",
                code=ExitCode.USAGE,
            )

    def client_port(self, node: int) -> int:
        return self.port + node - 1

    def controller_port(self, node: int) -> int:
        return self.port + 2 + node

    def ports_of(self, node: int) -> tuple[int, ...]:
        return (self.client_port(node), self.controller_port(node), *self.listeners.values())

    def client(self, node: int) -> str:
        return f"{HOST}:{self.client_port(node)}"

    def voters(self) -> str:
        return ",".join(f"{node}@{HOST}:{self.controller_port(node)}" for node in range(1, self.nodes + 1))

    def bootstrap(self, bank: str = "") -> str:
        if bank in self.listeners:
            return self.advertised.get(bank, self.listener(bank))
        return ",".join(self.client(node) for node in range(1, self.nodes + 1))

    def listener(self, bank: str) -> str:
        return f"{HOST}:{self.listeners[bank]}" if bank in self.listeners else self.client(1)


def cluster_settings(nodes: int) -> dict[str, str]:
    """What every node of a cluster of this size is told, wherever it runs. Each value was measured; see the reasons."""
    copies = str(nodes)
    return {
        "process.roles": "broker,controller",
        "inter.broker.listener.name": CLIENTS,
        "controller.listener.names": CONTROLLER,
        # a restart after kill -9 waits for the dead node's session: 12 s with the defaults, under 4 s with these
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "300",
        "default.replication.factor": copies,
        "min.insync.replicas": "2" if nodes > 1 else "1",
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.num.partitions": "1",
        "transaction.state.log.min.isr": "2" if nodes > 1 else "1",
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": "2" if nodes > 1 else "1",
        "group.initial.rebalance.delay.ms": "0",
        "log.cleaner.dedupe.buffer.size": "2097152",  # 2 MiB instead of 128: the heap is small
        "auto.create.topics.enable": "false",  # a mistyped topic is an error, not a new topic
        "num.network.threads": "2",
        "log.segment.delete.delay.ms": "1000",
    }


def server_properties(layout: Layout, node: int, data: Path) -> str:
    """The whole server.properties of one node on this machine."""
    own = {CLIENTS: layout.client_port(node), **layout.listeners}
    listeners = {**own, CONTROLLER: layout.controller_port(node)}
    advertised = {name: f"{HOST}:{port}" for name, port in own.items()} | dict(layout.advertised)
    settings = cluster_settings(layout.nodes) | {
        "node.id": str(node),
        # Told, not found out: a quorum that keeps its voters in its own log does not survive other ports (tried)
        "controller.quorum.voters": layout.voters(),
        "listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items()),
        "advertised.listeners": ",".join(f"{name}://{address}" for name, address in advertised.items()),
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
        "log.dirs": str(data),
    }
    if layout.listeners:  # each listener has its own network threads
        settings["num.network.threads"] = "1"
    return "".join(f"{name}={_escaped(value)}\n" for name, value in settings.items())


def _escaped(value: str) -> str:
    """As java.util.Properties reads it back, backslashes and letters outside ASCII included."""
    return "".join(
        c if " " < c < "\x7f" and c != "\\" else "".join(f"\\u{unit:04x}" for unit in _utf16(c)) for c in value
    )


def _utf16(character: str) -> list[int]:
    encoded = character.encode("utf-16-be")
    return [int.from_bytes(encoded[i : i + 2], "big") for i in range(0, len(encoded), 2)]
