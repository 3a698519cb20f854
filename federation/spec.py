"""What a federation is made of: its banks and their ports, its broker, its seed. Kept as `federation.json`.

Values only: where files lie is in `folder`, which ports are free in `launcher.ports`, who the people are in `world`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

VERSION = 1  # of federation.json
HOST = "127.0.0.1"
BANKS_MAX = 999
_ALPHABET = (
    "ALFA BRVO CHRL DLTA ECHO FOXT GOLF HOTL INDI JULI KILO LIMA MIKE "
    "NOVE OSCR PAPA QUEB ROME SIER TANG UNIF VICT WHIS XRAY YANK ZULU"
)
NAMED = tuple(_ALPHABET.split())


def bank_ids(count: int) -> tuple[str, ...]:
    """The ids of the first `count` banks: ALFA … ZULU, then B027, B028 …"""
    return tuple(NAMED[i] if i < len(NAMED) else f"B{i + 1:03d}" for i in range(count))


@dataclass(frozen=True, slots=True)
class BrokerSpec:
    """`kind` is kafka, docker, or the addresses of a cluster that is not ours (HOST:PORT,…)."""

    kind: str = "kafka"
    nodes: int = 1
    port: int = 18000  # the first of the broker's own ports
    listeners: Mapping[str, int] = field(default_factory=dict)  # lab: a listener of its own per bank
    advertised: Mapping[str, str] = field(default_factory=dict)  # lab: what `up` was told its bank is to call instead
    doors: Mapping[str, int] = field(default_factory=dict)  # lab: the fault keeper's door for each bank

    @property
    def is_ours(self) -> bool:
        return self.kind in ("kafka", "docker")

    @property
    def told(self) -> dict[str, str]:
        """What each bank's own listener tells it to call: its door, or what `up` was told."""
        return {bank: f"{HOST}:{port}" for bank, port in self.doors.items()} | dict(self.advertised)


@dataclass(frozen=True, slots=True)
class BankSpec:
    id: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True, slots=True)
class FederationSpec:
    federation_id: str
    seed: int
    banks: tuple[BankSpec, ...]
    broker: BrokerSpec = field(default_factory=BrokerSpec)
    console_port: int = 8000
    lab: bool = False

    @property
    def peers(self) -> dict[str, str]:
        return {bank.id: bank.url for bank in self.banks}

    def bank(self, bank_id: str) -> BankSpec | None:
        return next((bank for bank in self.banks if bank.id == bank_id), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "federation_id": self.federation_id,
            "seed": self.seed,
            "lab": self.lab,
            "ports": {"console": self.console_port, "banks": {b.id: b.port for b in self.banks}},
            "broker": {
                "kind": self.broker.kind,
                "nodes": self.broker.nodes,
                "port": self.broker.port,
                "listeners": dict(self.broker.listeners),
                "advertised": dict(self.broker.advertised),
                "doors": dict(self.broker.doors),
            },
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for what is not a federation.json of this version."""
        if found["version"] != VERSION:
            raise ValueError(f"its version is {found['version']}, this program knows {VERSION}")
        return cls(
            federation_id=str(found["federation_id"]),
            seed=int(found["seed"]),
            banks=tuple(BankSpec(str(name), int(port)) for name, port in found["ports"]["banks"].items()),
            broker=BrokerSpec(**found["broker"]),
            console_port=int(found["ports"]["console"]),
            lab=bool(found["lab"]),
        )
