"""Which broker a federation gets, by the word after --broker."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from federation.brokers.broker import Broker
from federation.failure import ExitCode, Failure


def broker_for(
    kind: str,
    *,
    folder: Path,
    run: Path,
    port: int = 18_000,
    nodes: int = 1,
    listeners: Mapping[str, int] | None = None,
    advertised: Mapping[str, str] | None = None,
    name: str = "",
    security: Mapping[str, str] | None = None,
) -> Broker:
    """The broker object; nothing is started or looked at. Raises Failure in words for what cannot be.

    kind        `kafka`, `docker` or `HOST:PORT,…`
    folder, run the data folder's `broker/` and `run/`
    port        the first of the broker's ports (see kafka_settings.Layout)
    nodes       1 or 3 (kafka only)
    listeners   lab: bank id -> port of its own listener (kafka only)
    advertised  lab: bank id -> HOST:PORT that listener tells its bank to call
    name        tells this federation's container from another's (docker only); without one the folder does
    security    TLS and SASL settings of a cluster that is not ours
    """
    if kind not in ("kafka", "docker"):
        if ":" not in kind:
            raise Failure(
                f"there is no broker {kind!r}",
                do="--broker kafka (the default), --broker docker or --broker HOST:PORT,…",
                code=ExitCode.USAGE,
            )
        from federation.brokers.external import ExternalBroker, read_addresses

        read_addresses(kind)
        _only_here(kind, nodes, listeners)
        return ExternalBroker(kind, security)
    if kind == "docker":
        from federation.brokers.docker import DockerBroker

        _only_here(kind, nodes, listeners)
        return DockerBroker(port, name or hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:12])
    from federation.brokers.kafka import KafkaBroker
    from federation.brokers.kafka_settings import Layout

    return KafkaBroker(Layout(port, nodes, listeners or {}, advertised or {}), folder, run)


def _only_here(kind: str, nodes: int, listeners: Mapping[str, int] | None) -> None:
    if nodes != 1 or listeners:
        what = "--brokers 3" if nodes != 1 else "--lab's listener per bank"
        raise Failure(
            f"{what} needs a broker that bankfed runs itself",
            why=f"the broker is {kind}",
            do="leave --broker away, or take --broker kafka",
            code=ExitCode.USAGE,
        )
