"""What `up` is asked for, held against what the data folder has: a spec with its ports, or a refusal."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from federation.failure import ExitCode, Failure
from federation.launcher.ports import (
    DEFAULT_BASE,
    PORT_MAX,
    Block,
    any_base,
    block_at,
    claim,
    find_block,
    first_taken,
    is_free,
)
from federation.spec import BANKS_MAX, BankSpec, BrokerSpec, FederationSpec, bank_ids

BANKS = 3
SEED = 42


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of `up`; None is "as it is", for a new federation the default."""

    banks: int | None = None
    seed: int | None = None
    broker: str | None = None
    nodes: int | None = None
    lab: bool | None = None
    advertised: Mapping[str, str] = field(default_factory=dict)
    port_base: int | None = None
    any_port: bool = False
    strict_ports: bool = False

    def __post_init__(self) -> None:
        if self.banks is not None and not 1 <= self.banks <= BANKS_MAX:
            raise Failure(f"{self.banks} banks", why=f"a federation has 1 to {BANKS_MAX}", code=ExitCode.USAGE)
        if self.port_base is not None and not 1024 <= self.port_base <= PORT_MAX - (self.banks or BANKS):
            raise Failure(
                f"the ports from {self.port_base} are not for this",
                why=f"below 1024 they are root's, above {PORT_MAX} the system hands them out to others",
                do="--port-base 8000",
                code=ExitCode.USAGE,
            )


@dataclass(frozen=True, slots=True)
class Plan:
    spec: FederationSpec
    claim: int  # the descriptor that keeps the ports; the supervisor inherits it
    said: str = ""  # why the ports are others than expected


def check(wish: Wish, spec: FederationSpec) -> None:
    """Refuses what cannot be changed about a federation that is there."""
    if wish.seed is not None and wish.seed != spec.seed:
        raise Failure(
            f"this federation was made with --seed {spec.seed}",
            why="its customers, accounts and passwords come from the seed and are in use",
            do=f"leave --seed away, or --data ANOTHER, or --fresh --seed {wish.seed} (deletes this federation's data)",
            code=ExitCode.USAGE,
        )
    if wish.banks is not None and wish.banks < len(spec.banks):
        raise Failure(
            f"this federation has {len(spec.banks)} banks; it may grow, not shrink",
            why="the banks that would go owe the others money, and are owed some",
            do=f"bankfed stop {spec.banks[-1].id} puts one to sleep; --fresh -n {wish.banks} starts anew",
            code=ExitCode.USAGE,
        )


def check_running(wish: Wish, spec: FederationSpec) -> None:
    """Refuses what would need the broker or the ports to change under a running federation."""
    broker = spec.broker
    changes = (
        ("--broker", wish.broker, broker.kind),
        ("--brokers", wish.nodes, broker.nodes),
        ("--lab", wish.lab or None, spec.lab),
        ("--advertise", dict(wish.advertised) or None, dict(broker.advertised)),
        ("--port-base", wish.port_base, spec.console_port),
        ("-n", wish.banks if spec.lab and wish.banks else None, len(spec.banks)),
    )
    for flag, wanted, found in changes:
        if wanted is not None and wanted != found:
            raise Failure(
                f"{flag} cannot change while the federation runs", do="bankfed down, then up again", code=ExitCode.USAGE
            )


def make_plan(wish: Wish, old: FederationSpec | None) -> Plan:
    """For a federation that is not running. Raises Failure."""
    count = wish.banks or (len(old.banks) if old else BANKS)
    broker = _broker(wish, old)
    lab = (old.lab if old else False) if wish.lab is None else wish.lab
    has_listeners = lab and broker.kind == "kafka"
    kept = _remembered(wish, old, count, broker, lab)
    if kept is not None:
        return kept
    base = wish.port_base or (old.console_port if old else DEFAULT_BASE)
    if wish.any_port:
        base = any_base()
    block, descriptor, said = find_block(
        block_at(base, 2 * count if has_listeners else count), count, broker.is_ours, has_listeners, wish.strict_ports
    )
    ids = bank_ids(count)
    spec = FederationSpec(
        federation_id=old.federation_id if old else uuid.uuid4().hex,
        seed=old.seed if old else (SEED if wish.seed is None else wish.seed),
        banks=tuple(BankSpec(name, block.bank(i)) for i, name in enumerate(ids)),
        broker=replace(
            broker,
            port=block.broker,
            listeners={name: block.listener(i) for i, name in enumerate(ids)} if has_listeners else {},
            doors={name: block.listener(count + i) for i, name in enumerate(ids)} if has_listeners else {},
        ),
        console_port=block.console,
        lab=lab,
    )
    return Plan(spec, descriptor, said)


def grow(spec: FederationSpec, count: int) -> FederationSpec:
    """More banks for a federation that runs: each on the next free port above the others."""
    port = max(bank.port for bank in spec.banks)
    banks = list(spec.banks)
    for name in bank_ids(count)[len(banks) :]:
        port += 1
        while not is_free(port):
            port += 1
        banks.append(BankSpec(name, port))
    return replace(spec, banks=tuple(banks))


def _broker(wish: Wish, old: FederationSpec | None) -> BrokerSpec:
    before = old.broker if old else BrokerSpec()
    return BrokerSpec(
        kind=wish.broker or before.kind,
        nodes=wish.nodes or before.nodes,
        advertised=dict(wish.advertised) or before.advertised,
    )


def _remembered(wish: Wish, old: FederationSpec | None, count: int, broker: BrokerSpec, lab: bool) -> Plan | None:
    """The old plan, if nothing in it has to change and its ports are still free."""
    if old is None or wish.any_port or wish.port_base not in (None, old.console_port):
        return None
    if (count, broker.kind, broker.nodes, lab) != (len(old.banks), old.broker.kind, old.broker.nodes, old.lab):
        return None
    if bool(old.broker.doors) != (lab and broker.kind == "kafka"):  # of a version that knew no doors
        return None
    descriptor = claim(Block(old.console_port))
    if descriptor is None:
        return None
    if first_taken(_ports(old)) is not None:
        os.close(descriptor)
        return None
    return Plan(replace(old, broker=replace(old.broker, advertised=broker.advertised)), descriptor)


def _ports(spec: FederationSpec) -> Sequence[int]:
    broker = (
        *range(spec.broker.port, spec.broker.port + 6),
        *spec.broker.listeners.values(),
        *spec.broker.doors.values(),
    )
    return (spec.console_port, *(bank.port for bank in spec.banks), *(broker if spec.broker.is_ours else ()))
