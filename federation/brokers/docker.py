"""The apache/kafka image in a container of ours, where an engine is there. One node; its data are in a volume.

The same settings as kafka_settings', handed over as the image wants them: in the environment.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from federation.brokers import cluster
from federation.brokers.broker import (
    HOST,
    START_TIMEOUT_S,
    STOP_TIMEOUT_S,
    BrokerState,
    Progress,
    Stopped,
    silent,
)
from federation.brokers.jars import KAFKA_VERSION
from federation.brokers.kafka_settings import CLIENTS, CONTROLLER, cluster_settings
from federation.failure import ExitCode, Failure

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

IMAGE = "apache/kafka"
DATA = "/var/lib/kafka/data"
PORT_LABEL = "bankfed.port"

Connect = Callable[[], "DockerClient"]


def connect() -> DockerClient:
    import docker

    return docker.from_env(timeout=60)


class DockerBroker:
    kind = "docker"
    ours = True
    nodes = 1
    log_files: tuple[Path, ...] = ()  # the engine keeps the log

    def __init__(self, port: int, name: str, engine: Connect = connect) -> None:
        """`name` tells this federation's container and volume from another's."""
        self._port = port
        self._name = f"bankfed-broker-{name}" if name else "bankfed-broker"
        self._connect = engine

    @property
    def ports(self) -> tuple[int, ...]:
        return (self._port,)

    def bootstrap(self, bank: str = "") -> str:  # noqa: ARG002 (the same for all)
        return f"{HOST}:{self._port}"

    def listener(self, bank: str) -> str:
        return self.bootstrap(bank)

    @property
    def state(self) -> BrokerState:
        status, _ = self._seen()
        if status not in ("running", "paused"):
            return BrokerState.DOWN
        if status == "paused":
            return BrokerState.PAUSED
        # the engine's own proxy listens before Kafka does, so an open port says nothing
        return BrokerState.UP if cluster.ask(self.bootstrap(), 0.5) else BrokerState.STARTING

    @property
    def pids(self) -> tuple[int, ...]:
        """As the engine's machine counts them."""
        _, pid = self._seen()
        return (pid,) if pid else ()

    def _seen(self) -> tuple[str, int]:
        """The container's status and pid; without an engine nothing runs."""
        with suppress(Failure), self._engine() as engine:
            container = self._container(engine)
            if container is not None:
                return container.status, container.attrs["State"].get("Pid", 0)
        return "", 0

    def start(
        self,
        node: int | None = None,
        *,
        timeout_s: float = START_TIMEOUT_S,
        wait: bool = True,
        progress: Progress = silent,
    ) -> None:
        with self._engine() as engine:
            container = self._container(engine)
            if container is not None and container.labels.get(PORT_LABEL) != str(self._port):
                container.remove(force=True)  # another port than last time; the data are in the volume
                container = None
            if container is None:
                container = self._create(engine, progress)
            if container.status not in ("running", "paused"):
                container.start()
        if wait:
            self.wait_ready(node, timeout_s=timeout_s)

    def wait_ready(self, node: int | None = None, *, timeout_s: float = START_TIMEOUT_S) -> None:  # noqa: ARG002
        until = time.monotonic() + timeout_s
        while not cluster.ask(self.bootstrap(), 1.0):
            state = self.state
            if state is BrokerState.PAUSED:
                raise Failure("the container of Kafka is paused", do="resume it first", code=ExitCode.NOT_RUNNING)
            if state is BrokerState.DOWN:
                raise self._failure("the container of Kafka has ended instead of starting")
            if time.monotonic() > until:
                raise self._failure("Kafka in its container is not ready in time", ExitCode.TIME_OUT)
            time.sleep(0.1)

    def stop(self, node: int | None = None, *, timeout_s: float = STOP_TIMEOUT_S) -> Stopped:  # noqa: ARG002
        with self._engine() as engine:
            container = self._container(engine)
            if container is None or container.status not in ("running", "paused"):
                return Stopped.NOTHING
            if container.status == "paused":
                container.unpause()
            container.stop(timeout=int(timeout_s))
            return Stopped.TERM

    def kill(self, node: int | None = None) -> Stopped:  # noqa: ARG002
        with self._engine() as engine:
            container = self._container(engine)
            if container is None or container.status not in ("running", "paused"):
                return Stopped.NOTHING
            container.kill(signal="SIGKILL")
            return Stopped.KILL

    def pause(self, node: int | None = None) -> None:  # noqa: ARG002
        with self._engine() as engine:
            container = self._running(engine)
            if container.status == "running":
                container.pause()

    def resume(self, node: int | None = None) -> None:  # noqa: ARG002
        with self._engine() as engine:
            container = self._running(engine)
            if container.status == "paused":
                container.unpause()

    def wipe(self, topic: str) -> str:
        return cluster.wipe_topic(self.bootstrap(), topic)

    def erase(self) -> None:
        from docker.errors import NotFound

        with self._engine() as engine:
            container = self._container(engine)
            if container is not None and container.status in ("running", "paused"):
                raise Failure("the broker runs; its data cannot be deleted", do="bankfed stop broker")
            if container is not None:
                container.remove()
            try:
                engine.volumes.get(self._name).remove()
            except NotFound:
                return

    def last_log_lines(self, count: int = 12) -> list[str]:
        with self._engine() as engine:
            container = self._container(engine)
            said: bytes = b"" if container is None else container.logs(tail=count)
        return said.decode("utf-8", "replace").splitlines()

    def _create(self, engine: DockerClient, progress: Progress) -> Container:
        from docker.errors import ImageNotFound

        try:
            engine.images.get(f"{IMAGE}:{KAFKA_VERSION}")
        except ImageNotFound:
            progress("fetching the image of Kafka", 0, 1)
            engine.images.pull(IMAGE, tag=KAFKA_VERSION)
            progress("fetching the image of Kafka", 1, 1)
        return engine.containers.create(
            f"{IMAGE}:{KAFKA_VERSION}",
            name=self._name,
            detach=True,
            environment=self._environment(),
            labels={PORT_LABEL: str(self._port)},
            ports={f"{self._port}/tcp": (HOST, self._port)},
            volumes={self._name: {"bind": DATA, "mode": "rw"}},
        )

    def _environment(self) -> dict[str, str]:
        controller = "localhost:9093"
        settings = cluster_settings(nodes=1) | {
            "node.id": "1",
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"{CLIENTS}://:{self._port},{CONTROLLER}://{controller}",
            "advertised.listeners": f"{CLIENTS}://{self.bootstrap()}",
            "listener.security.protocol.map": f"{CLIENTS}:PLAINTEXT,{CONTROLLER}:PLAINTEXT",
            "log.dirs": DATA,
        }
        environment = {"KAFKA_" + name.upper().replace(".", "_"): value for name, value in settings.items()}
        # the same after the container was made anew around its volume
        identity = base64.urlsafe_b64encode(uuid.uuid5(uuid.NAMESPACE_OID, self._name).bytes).decode().rstrip("=")
        return environment | {"CLUSTER_ID": f"A{identity[1:]}", "KAFKA_HEAP_OPTS": "-Xmx512M"}

    def _container(self, engine: DockerClient) -> Container | None:
        from docker.errors import NotFound

        try:
            return engine.containers.get(self._name)
        except NotFound:
            return None

    def _running(self, engine: DockerClient) -> Container:
        container = self._container(engine)
        if container is None or container.status not in ("running", "paused"):
            raise Failure("the broker is down", do="bankfed start broker", code=ExitCode.NOT_RUNNING)
        return container

    @contextmanager
    def _engine(self) -> Iterator[DockerClient]:
        """A connection to the engine; its errors become words."""
        import requests
        from docker.errors import APIError, DockerException

        engine = None
        try:
            engine = self._connect()
            yield engine
        except APIError as error:
            raise Failure(
                "the Docker engine refused",
                why=str(error.explanation or error),
                do=f"docker inspect {self._name} says more; --broker kafka needs no Docker",
            ) from error
        except (DockerException, requests.RequestException) as error:
            raise Failure(
                "no Docker engine answers",
                why=str(error),
                do="start Docker, or use --broker kafka: it needs no Docker",
                code=ExitCode.NOT_RUNNING,
            ) from error
        finally:
            if engine is not None:
                engine.close()

    def _failure(self, what: str, code: ExitCode = ExitCode.FAILED) -> Failure:
        detail = "\n".join(self.last_log_lines())
        return Failure(what, do=f"docker logs {self._name} says more", code=code, detail=detail)
