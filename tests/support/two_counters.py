"""Two whole banks behind HTTP, one broker in memory between them: what page and browser tests look at.

`with open_counters(folder) as town:` gives `town.alfa` and `town.brvo` on free loopback ports, with a small cast;
`town.broker` can be sent away, or hold back what is on its way to a bank.
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from bank_node.bank import Bank
from bank_node.broker.memory import MemoryBroker
from bank_node.ledger.account import make_number
from bank_node.main import bank_of, create_app
from bank_node.operations.drawers import DrawerClaim, claim_drawer
from bank_node.people import hash_password
from bank_node.people.logins import NewLogin, give_login
from bank_node.settings import BankSettings
from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.authority import Authority

FEDERATION = "f00dfeed-0000-7000-8000-000000000001"
PASSWORD = "a lantern in the harbour"
PARTITIONS = 4
INES, INES_SAVINGS, OLU, PETRA = (make_number("ALFA", n) for n in (1, 2, 3, 4))
FROZEN, YEN = make_number("ALFA", 5), make_number("ALFA", 6)
TOMAS, CLOSED_AT_BRVO = make_number("BRVO", 1), make_number("BRVO", 2)
SCRIPT = "<script>alert(1)</script>"

PEOPLE: dict[str, list[tuple[str, str, str, str, str, int]]] = {
    "ALFA": [
        ("Ines Albrecht", INES, "current", "EUR", "open", 2_368_40),
        ("Ines Albrecht", INES_SAVINGS, "savings", "EUR", "open", 14_000_00),
        ("Olu Danjuma", OLU, "business", "EUR", "open", 810_25),
        ("Petra <b>Falk</b>", PETRA, "current", "EUR", "open", 5_00),
        ("Olu Danjuma", FROZEN, "savings", "EUR", "debit_frozen", 100_00),
        ("Olu Danjuma", YEN, "savings", "JPY", "open", 120_000),
    ],
    "BRVO": [
        ("Tomas Riva", TOMAS, "current", "EUR", "open", 40_00),
        ("Tomas Riva", CLOSED_AT_BRVO, "savings", "EUR", "closed", 0),
    ],
}
NAMES = {"ALFA": "Alfa Savings Bank", "BRVO": "Bravo Cooperative"}
STAFF = [
    {"username": "okafor", "name": "M. Okafor", "password": PASSWORD, "role": "teller"},
    {"username": "vogt", "name": "H. Vogt", "password": PASSWORD, "role": "supervisor"},
    {"username": "lindt", "name": "S. Lindt", "password": PASSWORD, "role": "auditor"},
    {"username": "root", "name": "A. Root", "password": PASSWORD, "role": "admin"},
]

CUSTOMERS = {"ALFA": (2, "olu"), "BRVO": (1, "tomas")}  # who banks from home: customer id, user name


@cache
def _hash() -> str:
    return hash_password(PASSWORD)


@dataclass
class Counter:
    app: FastAPI
    url: str

    @property
    def bank(self) -> Bank:
        return bank_of(self.app)


@dataclass
class Counters:
    alfa: Counter
    brvo: Counter
    broker: MemoryBroker

    def hold(self, bank_id: str) -> None:
        """What is published for this bank stays on the topic, unread."""
        self.broker.hold(EXTERNAL_TRANSFERS, partition_for(bank_id.encode(), PARTITIONS))

    def release(self, bank_id: str) -> None:
        self.broker.release(EXTERNAL_TRANSFERS, partition_for(bank_id.encode(), PARTITIONS))


def settings_of(folder: Path, bank_id: str, ports: dict[str, int], **other: Any) -> BankSettings:
    seed = folder / f"{bank_id}.json"
    seed.write_text(json.dumps(other.pop("entry", None) or _entry(bank_id)), encoding="utf-8")
    return BankSettings(
        **{
            "bank_id": bank_id,
            "bank_name": NAMES.get(bank_id, bank_id),
            "port": ports[bank_id],
            "data_dir": folder / bank_id,
            "federation_id": FEDERATION,
            "authority_public_key": Authority(folder / "authority", FEDERATION).certify(bank_id, folder / bank_id),
            "seed_file": seed,
            "peers": {name: f"http://127.0.0.1:{port}" for name, port in ports.items()},
            "synchronous": "OFF",
            "external_transfers_partitions": PARTITIONS,
            "fetch_max_wait_ms": 20,
            "backoff_ms_max": 200,
            "assets": "local",
            **other,
        }
    )


@contextmanager
def open_counters(folder: Path, *, drawers: bool = True, **other: Any) -> Iterator[Counters]:
    """With `drawers` everybody at the counters holds one already, as in the middle of a day."""
    broker = MemoryBroker()
    ports = {name: free_port() for name in ("ALFA", "BRVO")}
    with ExitStack() as doors:
        counters = []
        for name, port in ports.items():
            app = create_app(settings_of(folder, name, ports, **other), broker)
            doors.enter_context(served(app, port))
            counters.append(Counter(app, f"http://127.0.0.1:{port}"))
        wait_until(lambda: all(counter.bank.link.up for counter in counters))
        for counter in counters if drawers else []:
            for number, teller in enumerate(("okafor", "vogt"), 1):
                floats = {"EUR": 1_000_00} if counter.bank.settings.bank_id == "ALFA" else {}
                counter.bank.submit_and_wait(claim_drawer, DrawerClaim(number, floats, teller))
        for counter in counters:
            customer_id, username = CUSTOMERS[counter.bank.charter.bank_id]
            counter.bank.submit_and_wait(give_login, NewLogin(customer_id, username, _hash(), None))
        yield Counters(counters[0], counters[1], broker)


def wait_until(true: Any, timeout_s: float = 20) -> None:
    """Waits for what happens on other threads."""
    until = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def free_port() -> int:
    for port in random.sample(range(21_000, 32_000), 500):  # other tests look for theirs at the same moment
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port
    raise AssertionError("no free port")


_given: set[int] = set()


@contextmanager
def served(app: FastAPI, port: int) -> Iterator[None]:
    """On a thread of its own, on the loopback."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name=f"counter-{port}")
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        assert server.started
        yield
    finally:
        server.should_exit = True
        thread.join(20)


def _entry(bank_id: str) -> dict[str, Any]:
    people = PEOPLE[bank_id]
    phones = {"Ines Albrecht": "+49 30 5550 147", "Olu Danjuma": "+234 1 555 0199"}
    names = dict.fromkeys(person[0] for person in people)
    keys = ("owner", "number", "type", "currency", "state", "opening_minor")
    return {
        "bank_id": bank_id,
        "customers": [
            {"name": name, "phone": phones.get(name), "born": "1987-05-04", "since": "2019-03-01"} for name in names
        ],
        "accounts": [dict(zip(keys, person, strict=True)) for person in people],
        "staff": STAFF,
    }
