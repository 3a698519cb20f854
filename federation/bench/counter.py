"""A bank's counter as a bench sees it: the bank in its own process, a signed-in teller, orders ready to be sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from federation.bench.load import HOST, Load, drive, request
from federation.bench.served import Served, free_port, serve
from federation.world import make_bank

SEED = 42
_numbers = count()


@dataclass(frozen=True, slots=True)
class Round:
    """One round of load on one server: what came back, and the CPU seconds that the server spent on it."""

    load: Load
    cpu_s: float

    @property
    def per_cpu_s(self) -> float:
        """Accepted requests per CPU second."""
        accepted = sum(number for status, number in self.load.statuses.items() if status < 300)
        return accepted / max(self.cpu_s, 1e-9)

    def __str__(self) -> str:
        statuses = " ".join(f"{status}:{number}" for status, number in sorted(self.load.statuses.items()))
        p99 = f"p99 {self.load.p99_s * 1000:.1f} ms"
        return f"{self.per_cpu_s:,.0f}/cpu-s {self.load.per_second:,.0f}/s {p99} ({statuses})"


class Counter:
    """One bank's counter. A token lasts a quarter of an hour: `sign_in` again before each round."""

    def __init__(self, entry: Mapping[str, Any], served: Served, database: Path) -> None:
        """`entry` is the bank's of the world file."""
        self.id = str(entry["id"])
        self.served = served
        self.database = database
        self.accounts = [a["number"] for a in entry["accounts"] if _can_pay(a)]
        self._staff = list(entry["staff"])
        self._token = ""

    def sign_in(self) -> None:
        username, password = self.people("teller")[0]
        who = {"username": username, "password": password}
        url = f"http://{HOST}:{self.served.port}/api/v1/auth/token"
        answer = httpx.post(url, data=who, timeout=10, trust_env=False)
        answer.raise_for_status()
        self._token = str(answer.json()["access_token"])

    def people(self, *roles: str) -> list[tuple[str, str]]:
        """User names and passwords of the staff in these roles."""
        return [(person["username"], person["password"]) for person in self._staff if person["role"] in roles]

    def order(self, to_bank: str, payees: Sequence[str]) -> dict[str, Any]:
        """A transfer of one cent, from and to the next account in turn."""
        number = next(_numbers)
        return {
            "from_account": self.accounts[number % len(self.accounts)],
            "to_bank": to_bank,
            "to_account": payees[number % len(payees)],
            "amount_minor": 1,
            "currency": "EUR",
            "reference": "invoice 4711",
        }

    def request(self, path: str, body: object, key: str | None = None) -> bytes:
        headers = [("Authorization", f"Bearer {self._token}")]
        if key is not None:
            headers.append(("Idempotency-Key", key))
        return request(path, json.dumps(body, separators=(",", ":")).encode(), headers)

    def single(self, to_bank: str, payees: Sequence[str]) -> bytes:
        """One order, one POST, a key of its own."""
        return self.request("/api/v1/transfers", self.order(to_bank, payees), f"bench-{next(_numbers):032x}")

    def batch(self, to_bank: str, payees: Sequence[str], size: int) -> bytes:
        """`size` orders in one POST, each with its own key."""
        orders = [
            {**self.order(to_bank, payees), "idempotency_key": f"bench-{next(_numbers):032x}"} for _ in range(size)
        ]
        return self.request("/api/v1/transfers/batch", {"transfers": orders})


def _can_pay(account: Mapping[str, Any]) -> bool:
    return bool(account["state"] == "open" and account["currency"] == "EUR" and account["opening_minor"] >= 100_000)


@contextmanager
def open_counter(bank_id: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Counter]:
    """A bank of the seeded world, by `python -m bank_node`, until the end of the block."""
    port = free_port()
    entry = make_bank(SEED, bank_id, f"http://{HOST}:{port}")
    home = folder / bank_id
    home.mkdir()
    seed_file = home / "seed.json"
    seed_file.write_text(json.dumps(entry), encoding="utf-8")
    own = {"BANK_ID": bank_id, "PORT": str(port), "DATA_DIR": str(home), "SEED_FILE": str(seed_file)}
    with serve(["bank_node"], port, folder, {**own, **environment}) as served:
        yield Counter(entry, served, home / "bank.db")


def measured(served: Served, requests: Sequence[bytes], connections: int) -> Round:
    """A round of load, with the CPU seconds that the server spent on it."""
    spent = served.cpu_s()
    load = drive(served.port, requests, connections)
    return Round(load, served.cpu_s() - spent)
