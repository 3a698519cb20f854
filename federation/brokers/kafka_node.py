"""One Kafka node: a Java process of ours in a session of its own, its folder, its log, its signals.

It outlives whoever started it. Its pid and birth are in the run folder, so that a later process finds it again and a
number that was given to somebody else is never signalled. Which nodes make a broker is in kafka.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

from federation.brokers import cluster
from federation.brokers.broker import BrokerState, Stopped
from federation.brokers.java import Java
from federation.brokers.kafka_settings import Layout, server_properties
from federation.failure import ExitCode, Failure
from federation.launcher.processes import Process

LOG_BYTES_MAX = 10_000_000
FORMAT_TIMEOUT_S = 60.0
JVM = (
    "-Xmx512M",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=[yyyy-MM-dd HH:mm:ss,SSS]",
    "-Dorg.slf4j.simpleLogger.showThreadName=false",
)
# What a log says, and what to do about it.
CAUSES = (
    ("Address already in use", "end what holds the port, or choose others: --port-base"),
    ("No space left on device", "make room on the disk"),
    ("insufficient memory", "close other programs: a broker needs 512 MB"),
    ("Failed to acquire lock", "another broker uses this folder: bankfed down, or choose another --data DIR"),
    ("UnsupportedClassVersionError", "use Java 17 or newer"),
    ("Permission denied", "make the data folder writable, or choose another --data DIR"),
)

# Children of this process, kept so that they are reaped and nobody warns of them.
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


class KafkaNode:
    """Node `number` (from 1) of a broker that lies in `folder`."""

    def __init__(self, number: int, layout: Layout, folder: Path, run: Path) -> None:
        self.number = number
        self.layout = layout
        own = "broker" if layout.nodes == 1 else f"broker-{number}"
        self.data = folder / ("data" if layout.nodes == 1 else f"data-{number}")
        self.log_file = folder / f"{own}.log"
        self.properties = folder / f"{own}.properties"
        self._formatted = folder / f"{own}.formatted"
        self._pid_file = run / f"{own}.json"
        self._log_from = 0  # where this start began in the log

    @property
    def address(self) -> str:
        return self.layout.client(self.number)

    @property
    def process(self) -> Process | None:
        """The running process, whoever started it."""
        try:
            found = Process.from_json(json.loads(self._pid_file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None
        if found is not None and (child := _CHILDREN.get(found.pid)) is not None and child.poll() is not None:
            del _CHILDREN[found.pid]
        return found if found is not None and found.alive else None

    @property
    def state(self) -> BrokerState:
        process = self.process
        if process is None:
            return BrokerState.DOWN
        with suppress(psutil.Error):
            if psutil.Process(process.pid).status() == psutil.STATUS_STOPPED:
                return BrokerState.PAUSED
        with socket.socket() as probe:
            probe.settimeout(0.2)
            answered = probe.connect_ex(("127.0.0.1", self.layout.client_port(self.number))) == 0
        return BrokerState.UP if answered else BrokerState.STARTING

    @property
    def is_formatted(self) -> bool:
        return self._formatted.exists()

    def serves(self, timeout_s: float = 1.0) -> bool:
        """Whether it serves metadata and counts itself among the living."""
        answer = cluster.ask(self.address, timeout_s)
        return answer is not None and self.number in answer.serving

    def check_ports(self) -> None:
        for port in self.layout.ports_of(self.number):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    raise Failure(
                        f"Kafka cannot listen on port {port}",
                        why=error.strerror or str(error),
                        do="end what holds it, or choose others: --port-base",
                        code=ExitCode.PORT_TAKEN,
                    ) from error

    def configure(self) -> None:
        """Writes its server.properties anew: ports and listeners may have changed, the data stay."""
        self.properties.parent.mkdir(parents=True, exist_ok=True)
        self.properties.write_text(server_properties(self.layout, self.number, self.data), encoding="ascii")

    def format(self, java: Java, classpath: str, cluster_id: str) -> subprocess.Popen[bytes]:
        """Starts formatting its empty folder; `finish_format` waits. What was left half formatted is made anew."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        command = ["kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(self.properties)]
        return self._java(java, classpath, command, quiet=True)

    def finish_format(self, formatting: subprocess.Popen[bytes]) -> None:
        try:
            code = formatting.wait(FORMAT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            formatting.kill()
            code = formatting.wait()
        if code:
            raise self._failure("Kafka's data folder could not be prepared")
        self._formatted.touch()

    def launch(self, java: Java, classpath: str) -> None:
        """Starts the process and writes down which it is; does not wait for it to serve."""
        self._pid_file.parent.mkdir(parents=True, exist_ok=True)
        child = self._java(java, classpath, ["kafka.Kafka", str(self.properties)])
        _CHILDREN[child.pid] = child
        process = Process.of(child.pid)
        if process is not None:  # else it has ended already, and wait_ready says why
            half = self._pid_file.with_suffix(".new")
            half.write_text(json.dumps(process.as_json()), encoding="utf-8")
            half.replace(self._pid_file)

    def _java(self, java: Java, classpath: str, arguments: list[str], quiet: bool = False) -> subprocess.Popen[bytes]:
        with suppress(OSError):
            if self.log_file.stat().st_size > LOG_BYTES_MAX:
                self.log_file.replace(f"{self.log_file}.1")
        environment = {**os.environ, "CLASSPATH": classpath}  # not an argument: `ps` stays readable
        quieter = ["--sun-misc-unsafe-memory-access=allow"] if java.version >= 23 else []  # Kafka 4.3 still uses it
        crash = f"-XX:ErrorFile={self.log_file.with_suffix('.crash.log')}"
        with self.log_file.open("ab") as log:
            self._log_from = log.tell()
            return subprocess.Popen(
                [java.path, *JVM, *quieter, crash, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if quiet else log,
                stderr=log,
                env=environment,
                cwd=self.log_file.parent,
                start_new_session=True,
            )

    def wait_ready(self, until: float) -> None:
        """Returns when it serves. Raises Failure when it has ended, is paused, or `until` (monotonic) has passed."""
        while not self.serves(min(1.0, max(0.05, until - time.monotonic()))):
            if self.process is None:
                raise self._failure("Kafka has ended instead of starting")
            if self.state is BrokerState.PAUSED:
                raise Failure("Kafka is paused", do="resume it first", code=ExitCode.NOT_RUNNING)
            if time.monotonic() > until:
                raise self._failure("Kafka is not ready in time", ExitCode.TIME_OUT)
            time.sleep(0.05)

    def ask_to_stop(self) -> bool:
        """SIGTERM, after waking it; False if it is down."""
        process = self.process
        if process is None:
            return False
        process.send(signal.SIGTERM)
        process.send(signal.SIGCONT)
        return True

    def gone_within(self, timeout_s: float) -> bool:
        until = time.monotonic() + timeout_s
        while self.process is not None:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        self._pid_file.unlink(missing_ok=True)
        return True

    def kill(self) -> Stopped:
        process = self.process
        if process is None:
            return Stopped.NOTHING
        process.send(signal.SIGKILL)
        if not self.gone_within(10.0):
            raise Failure(f"Kafka (pid {process.pid}) does not go away", why="it was killed and is still there")
        return Stopped.KILL

    def pause(self) -> None:
        self._running().send(signal.SIGSTOP)
        until = time.monotonic() + 1.0
        while self.state is not BrokerState.PAUSED and time.monotonic() < until:
            time.sleep(0.005)  # a process of many threads takes a moment to stop

    def resume(self) -> None:
        self._running().send(signal.SIGCONT)

    def _running(self) -> Process:
        process = self.process
        if process is None:
            raise Failure("the broker is down", do="bankfed start broker", code=ExitCode.NOT_RUNNING)
        return process

    def last_log_lines(self, count: int, since_byte: int = 0) -> list[str]:
        """Without the frames of stack traces, which say nothing to the reader."""
        try:
            with self.log_file.open("rb") as stream:
                stream.seek(max(since_byte, stream.seek(0, os.SEEK_END) - 100_000))
                lines = stream.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return []
        return [line for line in lines if line.strip() and not line.startswith("\t")][-count:]

    def _failure(self, what: str, code: ExitCode = ExitCode.FAILED) -> Failure:
        said = "\n".join(self.last_log_lines(12, self._log_from))
        unknown = ("", "read its log, mend the cause, start it again")
        why, do = next(((cause, fix) for cause, fix in CAUSES if cause in said), unknown)
        return Failure(what, why=why, do=do, log=self.log_file, code=code, detail=said)
