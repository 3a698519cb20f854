"""Apache Kafka 4 in KRaft mode as child processes of ours, one node or three: real, and nothing to install by hand.

Killed with -9 it keeps what it has acknowledged and comes back in seconds. The process itself is in kafka_node.
"""

from __future__ import annotations

import base64
import json
import shutil
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from federation.brokers import cluster, jars, java
from federation.brokers.broker import START_TIMEOUT_S, STOP_TIMEOUT_S, BrokerState, Progress, Stopped, silent
from federation.brokers.kafka_node import KafkaNode
from federation.brokers.kafka_settings import Layout
from federation.failure import ExitCode, Failure


class KafkaBroker:
    kind = "kafka"
    ours = True

    def __init__(self, layout: Layout, folder: Path, run: Path) -> None:
        """`folder` keeps the data and the logs, `run` the pids. Making it touches nothing."""
        self._layout = layout
        self._folder = folder.absolute()
        self._nodes = [KafkaNode(number, layout, self._folder, run.absolute()) for number in range(1, layout.nodes + 1)]

    @property
    def nodes(self) -> int:
        return len(self._nodes)

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(port for node in self._nodes for port in self._layout.ports_of(node.number)))

    def bootstrap(self, bank: str = "") -> str:
        return self._layout.bootstrap(bank)

    def listener(self, bank: str) -> str:
        return self._layout.listener(bank)

    @property
    def state(self) -> BrokerState:
        states = {node.state for node in self._nodes}
        if len(states) == 1:
            return states.pop()
        return BrokerState.STARTING if states == {BrokerState.STARTING, BrokerState.UP} else BrokerState.DEGRADED

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(process.pid for node in self._nodes if (process := node.process) is not None)

    @property
    def log_files(self) -> tuple[Path, ...]:
        return tuple(node.log_file for node in self._nodes)

    def start(
        self,
        node: int | None = None,
        *,
        timeout_s: float = START_TIMEOUT_S,
        wait: bool = True,
        progress: Progress = silent,
    ) -> None:
        down = [each for each in self._chosen(node) if each.process is None]
        if down:
            cluster_id = self._cluster_id()
            classpath = jars.ensure(progress)
            runtime = java.ensure(progress)
            for each in down:
                each.check_ports()
                each.configure()
            progress("starting Kafka", 0, 1)
            self._format([each for each in down if not each.is_formatted], runtime, classpath, cluster_id)
            for each in down:
                each.launch(runtime, classpath)
        if wait:
            self.wait_ready(node, timeout_s=timeout_s)
            progress("starting Kafka", 1, 1)

    def wait_ready(self, node: int | None = None, *, timeout_s: float = START_TIMEOUT_S) -> None:
        until = time.monotonic() + timeout_s
        for each in self._chosen(node):
            each.wait_ready(until)

    def stop(self, node: int | None = None, *, timeout_s: float = STOP_TIMEOUT_S) -> Stopped:
        """All nodes are asked at once; the last of three has no quorum to hand over to and is often ended by force."""
        asked = [each for each in self._chosen(node) if each.ask_to_stop()]
        until = time.monotonic() + timeout_s
        how = Stopped.TERM if asked else Stopped.NOTHING
        for each in asked:
            if not each.gone_within(max(0.0, until - time.monotonic())):
                each.kill()
                how = Stopped.KILL
        return how

    def kill(self, node: int | None = None) -> Stopped:
        killed = [each.kill() for each in self._chosen(node)]
        return Stopped.KILL if Stopped.KILL in killed else Stopped.NOTHING

    def pause(self, node: int | None = None) -> None:
        for each in self._chosen(node):
            each.pause()

    def resume(self, node: int | None = None) -> None:
        for each in self._chosen(node):
            each.resume()

    def wipe(self, topic: str) -> str:
        return cluster.wipe_topic(self._layout.bootstrap(), topic)

    def erase(self) -> None:
        if self.pids:
            raise Failure("the broker runs; its data cannot be deleted", do="bankfed stop broker")
        shutil.rmtree(self._folder, ignore_errors=True)

    def last_log_lines(self, count: int = 12) -> list[str]:
        return [line for node in self._nodes for line in node.last_log_lines(count)][-count:]

    def _chosen(self, node: int | None) -> Sequence[KafkaNode]:
        if node is None:
            return self._nodes
        if not 1 <= node <= len(self._nodes):
            raise Failure(f"this broker has no node {node}", why=f"its nodes are 1 to {len(self._nodes)}")
        return [self._nodes[node - 1]]

    @staticmethod
    def _format(unformatted: Sequence[KafkaNode], runtime: java.Java, classpath: str, cluster_id: str) -> None:
        """All at once: each takes a second of Java's start."""
        running = [(each, each.format(runtime, classpath, cluster_id)) for each in unformatted]
        for each, formatting in running:
            each.finish_format(formatting)

    def _cluster_id(self) -> str:
        """Made once and kept: nodes formatted later must agree. Raises Failure for data of another number of nodes."""
        file = self._folder / "cluster.json"
        if not file.exists():
            half = file.with_suffix(".new")
            half.parent.mkdir(parents=True, exist_ok=True)
            half.write_text(json.dumps({"cluster_id": _kafka_uuid(), "nodes": self.nodes}), encoding="utf-8")
            half.replace(file)
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["nodes"] != self.nodes:
            raise Failure(
                f"the broker's data are those of {found['nodes']} node(s), not of {self.nodes}",
                why="a cluster cannot change its size here",
                do=f"--brokers {found['nodes']}, or start anew with --fresh (deletes all data), or another --data DIR",
                code=ExitCode.USAGE,
            )
        return str(found["cluster_id"])


def _kafka_uuid() -> str:
    """22 characters; never with a dash in front, which a command line would take for an option."""
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not made.startswith("-"):
            return made
