"""A cluster that somebody else runs: HOST:PORT,…, with TLS or SASL settings passed through. We use it, no more."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from federation.brokers import cluster
from federation.brokers.broker import START_TIMEOUT_S, STOP_TIMEOUT_S, BrokerState, NotOurs, Progress, Stopped, silent
from federation.failure import ExitCode, Failure


class ExternalBroker:
    kind = "external"
    ours = False
    nodes = 1
    ports: tuple[int, ...] = ()
    pids: tuple[int, ...] = ()
    log_files: tuple[Path, ...] = ()

    def __init__(self, addresses: str, security: Mapping[str, str] | None = None) -> None:
        """`security` are kafka-python's settings (security_protocol, ssl_cafile, sasl_mechanism, …)."""
        self._addresses = read_addresses(addresses)
        self._security = dict(security or {})

    def bootstrap(self, bank: str = "") -> str:  # noqa: ARG002 (the same for all)
        return ",".join(self._addresses)

    def listener(self, bank: str) -> str:  # noqa: ARG002
        return self._addresses[0]

    @property
    def state(self) -> BrokerState:
        return BrokerState.UP if self._answers(1.0) else BrokerState.DOWN

    def start(
        self,
        node: int | None = None,
        *,
        timeout_s: float = START_TIMEOUT_S,
        wait: bool = True,
        progress: Progress = silent,
    ) -> None:
        """Starts nothing: sees whether it is there."""
        if wait:
            progress(f"looking for Kafka at {self.bootstrap()}", 0, 1)
            self.wait_ready(node, timeout_s=min(timeout_s, 15.0))
            progress(f"looking for Kafka at {self.bootstrap()}", 1, 1)

    def wait_ready(self, node: int | None = None, *, timeout_s: float = START_TIMEOUT_S) -> None:  # noqa: ARG002
        until = time.monotonic() + timeout_s
        while not self._answers(min(5.0, timeout_s)):
            if time.monotonic() > until:
                raise Failure(
                    f"no Kafka answers at {self.bootstrap()}",
                    why=f"nobody there spoke Kafka within {timeout_s:.0f} s",
                    do="check the address, the network and its TLS or SASL settings; --broker kafka runs one here",
                    code=ExitCode.NOT_RUNNING,
                )
            time.sleep(0.2)

    def stop(self, node: int | None = None, *, timeout_s: float = STOP_TIMEOUT_S) -> Stopped:  # noqa: ARG002
        self._refuse("stop")

    def kill(self, node: int | None = None) -> Stopped:  # noqa: ARG002
        self._refuse("kill")

    def pause(self, node: int | None = None) -> None:  # noqa: ARG002
        self._refuse("pause")

    def resume(self, node: int | None = None) -> None:  # noqa: ARG002
        self._refuse("resume")

    def wipe(self, topic: str) -> str:
        self._refuse(f"wipe the topic {topic} of")

    def erase(self) -> None:
        self._refuse("delete the data of")

    def last_log_lines(self, count: int = 12) -> list[str]:  # noqa: ARG002
        return []

    def _refuse(self, verb: str) -> NoReturn:
        raise NotOurs(
            f"bankfed does not {verb} the broker at {self.bootstrap()}",
            why="it is not ours: somebody else runs it, and others may use it",
            do="use a broker of your own for that: bankfed up --broker kafka",
        )

    def _answers(self, timeout_s: float) -> bool:
        if not self._security:
            return any(cluster.ask(address, timeout_s) for address in self._addresses)
        try:
            with cluster.admin(self.bootstrap(), timeout_s, self._security):
                return True
        except Failure:
            return False


def read_addresses(text: str) -> tuple[str, ...]:
    """HOST:PORT,HOST:PORT as its parts. Raises Failure in words."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        host, _, port = part.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            raise Failure(
                f"{part!r} is no address of a broker",
                why="an address is HOST:PORT, several are HOST:PORT,HOST:PORT",
                do="--broker kafka, --broker docker or --broker HOST:PORT,…",
                code=ExitCode.USAGE,
            )
    return tuple(parts)
