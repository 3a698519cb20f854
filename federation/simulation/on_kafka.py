"""The cross-check: a tamed plan on real processes and real Kafka. The accounts end where the simulation says.

A real federation's accounts are its own; an account of the plan is the bank's next one of that kind, and what is
compared is how far each has moved.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bank_node.ledger.account import make_number
from federation.audit.reading import reading
from federation.audit.verdict import judge
from federation.client import BankAway, BankClient, BankRefused
from federation.folder import Folder
from federation.launcher import orders
from federation.launcher.plan import Wish
from federation.launcher.starting import Ticks, start, wait_ready
from federation.launcher.stopping import down
from federation.roster import Roster, read_roster
from federation.simulation.accounts import BLOCKED, CLOSED, DOLLARS, FROZEN, NOBODY, OPENING, RICH, number_of
from federation.simulation.plan import Plan, Step
from federation.simulation.play import Playing
from federation.simulation.tamed import tamed
from federation.simulation.world import World

PATIENCE_S, AGAIN_S, AWAY_S = 120.0, 0.2, 3.0
STRANGER = 999_999  # the serial of an account that no bank has
T = TypeVar("T")
Moved = dict[tuple[str, int], int]  # bank and account of the plan: by how much


@dataclass(frozen=True, slots=True)
class CrossCheck:
    plan: Plan
    simulated: Moved
    real: Moved
    lawful: bool  # what `bankfed verify` said of the real one

    @property
    def differences(self) -> list[str]:
        return [
            f"account {account} of {bank} moved by {self.real[bank, account]}, in the simulation by {moved}"
            for (bank, account), moved in self.simulated.items()
            if self.real[bank, account] != moved
        ]

    @property
    def agrees(self) -> bool:
        return self.lawful and not self.differences


def cross_check(plan: Plan, folder: Path, ticks: Ticks) -> CrossCheck:
    """Plays the tamed plan both ways; the real federation lives in this folder, and is gone at the end."""
    plan = tamed(plan)
    simulated = _simulated(plan)
    with _real(plan, Folder(folder), ticks) as real:
        try:
            moved, lawful = real.play(), real.lawful()
        finally:
            real.close()
    return CrossCheck(plan, simulated, moved, lawful)


def _simulated(plan: Plan) -> Moved:
    world = World(plan)
    try:
        before = {(name, account): _minor(world, name, account) for name in world.houses for account in RICH}
        Playing(world).run()
        return {key: _minor(world, *key) - at for key, at in before.items()}
    finally:
        world.close()


def _minor(world: World, bank: str, account: int) -> int:
    sql = "SELECT balance FROM accounts WHERE code = ?"
    (balance,) = world.houses[bank].database.line.look(sql, (number_of(bank, account),)).fetchone()
    return int(balance)


@contextmanager
def _real(plan: Plan, folder: Folder, ticks: Ticks) -> Iterator[_Real]:
    before = {name: os.environ.get(name) for name in _SETTINGS}
    os.environ.update(_SETTINGS)
    try:
        start(folder, Wish(banks=plan.banks, lab=True, any_port=True), ticks)
        wait_ready(folder, ticks, timeout_s=180)
        yield _Real(plan, folder, ticks)
    finally:
        if folder.exists():
            down(folder, ticks)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


_SETTINGS = {"TRANSFER_EXPIRY_MS": "0", "REDRIVE_AFTER_MS": "2000", "REDRIVE_AFTER_MS_MAX": "8000"}


class _Real:
    def __init__(self, plan: Plan, folder: Folder, ticks: Ticks) -> None:
        self._plan, self._folder, self._ticks = plan, folder, ticks
        self._roster: Roster = read_roster(folder.root)
        self._clients: dict[tuple[str, str], BankClient] = {}
        self._numbers = {name: _accounts_of(self._client(name, "teller")) for name in self._roster.members}
        self._transfers: dict[str, str] = {}  # by step

    def play(self) -> Moved:
        for bank in self._numbers:
            for account in RICH:
                self._pay_in(bank, account, OPENING, f"opening {bank} {account}")
        before = self._balances()
        for step in self._plan.steps:
            self._ticks.running(str(step))
            self._do(step)
        self._come_to_rest()
        return {key: at - before[key] for key, at in self._balances().items()}

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def lawful(self) -> bool:
        with reading(self._roster) as read:
            return judge(read).ok

    def _do(self, step: Step) -> None:
        doing: Mapping[str, Callable[[Step], None]] = {
            "send": self._send,
            "repeat": self._repeat,
            "return": self._give_back,
            "deposit": lambda step: self._pay_in(step.bank, step["account"], step["amount"], step.id),
            "kill": self._kill,
            "crash": self._arm,
            "away": self._away,
        }
        doing[step.do](step)

    def _send(self, step: Step, key: str = "") -> None:
        to = self._numbers[step["to"]].get(step["account"], make_number(step["to"], STRANGER))
        order = {
            "from_account": self._numbers[step.bank][step["from"]],
            "to_bank": step["to"],
            "to_account": to,
            "amount_minor": step["amount"],
            "currency": "EUR",
        }
        answer = self._patiently(step.bank, lambda client: client.send(**order, key=key or step.id))
        if answer is not None:
            self._transfers[step.id] = str(answer["transaction_id"])

    def _repeat(self, step: Step) -> None:
        first = next(found for found in self._plan.steps if found.id == step["of"])
        self._send(first, first.id)

    def _give_back(self, step: Step) -> None:
        """As soon as it was credited; never where it was refused."""
        id_ = self._transfers.get(step["of"])
        sender = next(found.bank for found in self._plan.steps if found.id == step["of"])
        if id_ is None or sender == step.bank or self._final(sender, id_) != "completed":
            return
        amount = {"amount_minor": step["amount"]} if "amount" in step.facts else {}
        path, headers = f"/api/v1/transfers/{id_}/return", {"Idempotency-Key": step.id}
        answer = self._patiently(
            step.bank,
            lambda client: client._ask("POST", path, json={"from_bank": sender, **amount}, headers=headers),
            role="supervisor",
        )
        if answer is not None:
            self._transfers[step.id] = str(answer["transaction_id"])

    def _pay_in(self, bank: str, account: int, amount_minor: int, key: str) -> None:
        number = self._numbers[bank][account]
        self._patiently(bank, lambda client: client.deposit(number, amount_minor, "EUR", key))

    def _kill(self, step: Step) -> None:
        status = wait_ready(self._folder, self._ticks, PATIENCE_S)
        pid = next(bank.pid for bank in status.banks if bank.id == step.bank)
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _arm(self, step: Step) -> None:
        arm = {"arm": f"{step['point']}=kill@{step['hit']}"}
        self._patiently(step.bank, lambda client: client._ask("POST", "/lab/failpoints", json=arm), role="admin")

    def _away(self, _step: Step) -> None:
        orders.stop(self._folder, "broker", self._ticks, kill=True)
        time.sleep(AWAY_S)
        orders.start(self._folder, "broker", self._ticks)

    def _come_to_rest(self) -> None:
        for name in self._numbers:
            self._patiently(name, lambda client: client._ask("DELETE", "/lab/failpoints"), role="admin")
        for step in self._plan.steps:
            if step.id in self._transfers and step.do in ("send", "return"):
                self._final(step.bank, self._transfers[step.id])

    def _final(self, bank: str, id_: str) -> str:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            answer = self._patiently(bank, lambda client: client.transfer(id_, wait_s=5))
            if answer is not None and answer["status"] != "pending":
                return str(answer["status"])
        return "pending"

    def _balances(self) -> Moved:
        found: Moved = {}
        for bank, numbers in self._numbers.items():
            for account in RICH:
                answer = self._patiently(bank, lambda client, at=numbers[account]: client.account(at))  # type: ignore[misc]
                found[bank, account] = int(answer["balance_minor"]) if answer else 0
        return found

    def _patiently(
        self, bank: str, ask: Callable[[BankClient], dict[str, Any]], role: str = "teller"
    ) -> dict[str, Any] | None:
        """Asks until there is a definite word; None where that is no."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return ask(self._client(bank, role))
            except (BankAway, BankRefused) as problem:
                if isinstance(problem, BankRefused) and problem.definite and problem.status not in (401, 429):
                    return None
                if client := self._clients.pop((bank, role), None):
                    client.close()
                if time.monotonic() > until:
                    raise
                time.sleep(AGAIN_S)

    def _client(self, bank: str, role: str) -> BankClient:
        client = self._clients.get((bank, role))
        if client is None:
            client = self._clients[bank, role] = BankClient.of(self._roster.member(bank), role, timeout_s=10)
        return client


def _accounts_of(client: BankClient) -> dict[int, str]:
    """An account of each kind, by the plan's numbers."""
    kinds = {**dict.fromkeys(RICH, ("EUR", "open")), DOLLARS: ("USD", "open"), BLOCKED: ("EUR", "blocked")}
    kinds |= {FROZEN: ("EUR", "debit_frozen"), CLOSED: ("EUR", "closed")}
    left = sorted(client.accounts(), key=lambda account: str(account["number"]))
    found: dict[int, str] = {}
    for account, kind in kinds.items():
        match = next(one for one in left if (one["currency"], one["state"]) == kind)
        left.remove(match)
        found[account] = str(match["number"])
    assert NOBODY not in found
    return found
