"""A server in a process of its own, so that its CPU seconds are its own and not the load generator's."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from federation.failure import Failure

HOST = "127.0.0.1"
READY_S_MAX = 30.0
STOP_S_MAX = 10.0


class Served:
    """A running server: where it listens and what its process has spent."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid
        self._process = psutil.Process(pid)

    def cpu_s(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


def free_port() -> int:
    """A free port below those that the system hands out by itself."""
    for _ in range(200):
        port = random.randrange(20_000, 32_000)  # noqa: S311 - a port is no secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise Failure("no free port between 20000 and 32000", do="stop what listens there")


@contextmanager
def serve(
    arguments: Sequence[str], port: int, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Runs `python -m ARGUMENTS` until the end of the block. Raises Failure where it does not come up."""
    log = folder / f"{arguments[0].replace('.', '-')}-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_it_listens(process, port, log)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + READY_S_MAX
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.02)
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    raise Failure(f"a server of the bench did not come up on port {port}", detail="\n".join(last))
