"""The container of Kafka: the real docker SDK, on an engine that only keeps what it is told.

No engine runs here. `APIClient`, which speaks to one, is an autospec: its signatures are the SDK's own.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import create_autospec

import docker
import pytest
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from federation.brokers import cluster
from federation.brokers.broker import BrokerState, Stopped
from federation.brokers.docker import DockerBroker
from federation.failure import ExitCode, Failure

IMAGE = "apache/kafka:4.3.1"


class Engine:
    """One machine's containers, images and volumes, kept in dictionaries."""

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, Any]] = {}
        self.images: set[str] = set()
        self.volumes: set[str] = set()
        self.said: list[str] = []
        self.api = create_autospec(docker.APIClient, instance=True)
        self.api._version = "1.45"
        self.api._general_configs = {}
        for name in ("inspect_container", "create_container", "remove_container", "inspect_image", "pull", "logs"):
            getattr(self.api, name).side_effect = getattr(self, name)
        for name, status in (("start", "running"), ("stop", "exited"), ("kill", "exited")):
            getattr(self.api, name).side_effect = self.becomes(name, status)
        self.api.pause.side_effect = self.becomes("pause", "paused")
        self.api.unpause.side_effect = self.becomes("unpause", "running")
        self.api.inspect_volume.side_effect = self.inspect_volume
        self.api.remove_volume.side_effect = lambda name, force=None: self.volumes.remove(name)

    def connect(self) -> docker.DockerClient:
        client = docker.DockerClient.__new__(docker.DockerClient)
        client.api = self.api
        return client

    def becomes(self, verb: str, status: str) -> Any:
        def change(container: str, **_: Any) -> None:
            self.said.append(verb)
            self.containers[container]["State"] = {"Status": status, "Pid": 4711 if status != "exited" else 0}

        return change

    def inspect_container(self, container: str) -> dict[str, Any]:
        for found in self.containers.values():
            if container in (found["Id"], found["Name"]):
                return found
        raise NotFound(f"No such container: {container}")

    def create_container(self, **wanted: Any) -> dict[str, str]:
        if wanted["image"] not in self.images:
            raise ImageNotFound(wanted["image"])
        self.said.append("create")
        identity = f"id-{len(self.said)}"
        self.containers[identity] = {
            "Id": identity,
            "Name": wanted["name"],
            "State": {"Status": "created", "Pid": 0},
            "Config": {"Labels": wanted["labels"]},
            "Wanted": wanted,
        }
        self.volumes.update(bind.split(":")[0] for bind in wanted["host_config"]["Binds"])
        return {"Id": identity}

    def remove_container(self, container: str, **_: Any) -> None:
        self.said.append("remove")
        del self.containers[container]

    def inspect_image(self, image: str) -> dict[str, str]:
        if image not in self.images:
            raise ImageNotFound(image)
        return {"Id": image}

    def pull(self, repository: str, **more: Any) -> list[bytes]:
        self.said.append("pull")
        self.images.add(f"{repository}:{more['tag']}")
        return []

    def logs(self, container: str, **_: Any) -> bytes:
        return b"one\ntwo"

    def inspect_volume(self, name: str) -> dict[str, str]:
        if name not in self.volumes:
            raise NotFound(name)
        return {"Name": name}


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def broker(engine: Engine) -> DockerBroker:
    return DockerBroker(18_000, "fed1", engine.connect)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Kafka says; nothing until a test writes it down."""
    said: dict[str, Any] = {}
    monkeypatch.setattr(cluster, "ask", lambda address, timeout_s=1.0: said.get(address))
    return said


def test_the_first_start_fetches_the_image_and_makes_a_container(broker: DockerBroker, engine: Engine) -> None:
    steps: list[tuple[str, int, int]] = []
    broker.start(wait=False, progress=lambda *step: steps.append(step))
    assert engine.said == ["pull", "create", "start"]
    assert steps == [("fetching the image of Kafka", 0, 1), ("fetching the image of Kafka", 1, 1)]
    (container,) = engine.containers.values()
    wanted = container["Wanted"]
    assert wanted["image"] == IMAGE
    assert wanted["name"] == "bankfed-broker-fed1"
    assert wanted["host_config"]["PortBindings"] == {"18000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18000"}]}
    assert wanted["host_config"]["Binds"] == ["bankfed-broker-fed1:/var/lib/kafka/data:rw"]
    told = wanted["environment"]
    assert told["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{broker.bootstrap()}"
    assert told["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert told["KAFKA_BROKER_SESSION_TIMEOUT_MS"] == "2000"
    assert len(told["CLUSTER_ID"]) == 22
    assert broker.pids == (4711,)


def test_a_start_after_kill_uses_the_same_container(broker: DockerBroker, engine: Engine, answers: Any) -> None:
    answers[broker.bootstrap()] = "here"
    broker.start()
    assert broker.state is BrokerState.UP
    assert broker.kill() is Stopped.KILL
    assert broker.state is BrokerState.DOWN
    assert broker.pids == ()
    broker.start()
    assert engine.said == ["pull", "create", "start", "kill", "start"]
    assert engine.api.kill.call_args.kwargs == {"signal": "SIGKILL"}
    broker.start()
    assert engine.said[5:] == [], "what runs is left alone"


def test_a_container_that_runs_is_starting_until_kafka_answers(broker: DockerBroker, answers: Any) -> None:
    broker.start(wait=False)
    assert broker.state is BrokerState.STARTING
    with pytest.raises(Failure, match="not ready in time") as refused:
        broker.wait_ready(timeout_s=0.0)
    assert refused.value.code is ExitCode.TIME_OUT
    assert refused.value.detail == "one\ntwo"


def test_a_container_that_ends_at_once_is_said_with_its_log(broker: DockerBroker, engine: Engine, answers: Any) -> None:
    broker.start(wait=False)
    engine.api.kill(next(iter(engine.containers)))
    with pytest.raises(Failure, match="ended instead of starting") as refused:
        broker.wait_ready()
    assert refused.value.detail == "one\ntwo"


def test_pause_and_resume_freeze_and_wake_it(broker: DockerBroker, engine: Engine, answers: Any) -> None:
    broker.start(wait=False)
    broker.pause()
    broker.pause()
    assert broker.state is BrokerState.PAUSED
    with pytest.raises(Failure, match="paused"):
        broker.start()
    broker.resume()
    broker.resume()
    assert engine.said[-2:] == ["pause", "unpause"]


def test_a_stop_wakes_it_first_and_asks_politely(broker: DockerBroker, engine: Engine, answers: Any) -> None:
    assert broker.stop() is Stopped.NOTHING
    assert broker.kill() is Stopped.NOTHING
    broker.start(wait=False)
    broker.pause()
    assert broker.stop(timeout_s=7) is Stopped.TERM
    assert engine.said[-2:] == ["unpause", "stop"]
    assert engine.api.stop.call_args.kwargs == {"timeout": 7}
    with pytest.raises(Failure, match="down"):
        broker.pause()


def test_another_port_makes_another_container_around_the_same_data(broker: DockerBroker, engine: Engine) -> None:
    broker.start(wait=False)
    before = next(iter(engine.containers.values()))["Wanted"]["environment"]["CLUSTER_ID"]
    moved = DockerBroker(18_100, "fed1", engine.connect)
    moved.start(wait=False)
    assert engine.said == ["pull", "create", "start", "remove", "create", "start"]
    assert engine.volumes == {"bankfed-broker-fed1"}
    (container,) = engine.containers.values()
    assert container["Wanted"]["environment"]["CLUSTER_ID"] == before, "the volume belongs to that cluster"


def test_erase_deletes_container_and_data_but_not_of_a_running_one(broker: DockerBroker, engine: Engine) -> None:
    broker.start(wait=False)
    with pytest.raises(Failure, match="runs"):
        broker.erase()
    broker.kill()
    broker.erase()
    assert engine.containers == {}
    assert engine.volumes == set()
    broker.erase()


def test_no_engine_is_said_in_words() -> None:
    def nobody() -> docker.DockerClient:
        raise DockerException("Error while fetching server API version: No such file or directory")

    broker = DockerBroker(18_000, "fed1", nobody)
    with pytest.raises(Failure, match="no Docker engine") as refused:
        broker.start()
    assert "No such file" in refused.value.why
    assert "--broker kafka" in refused.value.do
    assert refused.value.code is ExitCode.NOT_RUNNING
    assert broker.state is BrokerState.DOWN
    assert broker.pids == ()


def test_what_the_engine_refuses_is_passed_on_in_words(broker: DockerBroker, engine: Engine) -> None:
    engine.api.start.side_effect = APIError("500", explanation="port is already allocated")
    with pytest.raises(Failure, match="refused") as refused:
        broker.start()
    assert refused.value.why == "port is already allocated"
