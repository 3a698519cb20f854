"""A bank with its API on the counter: real database, writer and sign-in; no broker, no server, no port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from fastapi import FastAPI

from bank_node.api import BankApp, mount
from bank_node.bank import Bank
from bank_node.clock import SystemClock
from bank_node.ledger.account import make_number
from bank_node.ledger.errors import Refusal
from bank_node.opening import close_bank, open_bank
from bank_node.people import hash_password
from bank_node.people.logins import NewLogin, give_login
from bank_node.people.sessions import NewSession, id_hash, new_id, open_session
from bank_node.settings import BankSettings
from bank_node.store.people import staff_named

ALICE, CAROL, FROZEN, DOLLARS = (make_number("ALFA", serial) for serial in (1, 2, 3, 4))
BOB = make_number("BRVO", 1)
OPENING = 100_00
PASSWORD = "otter-copper-lantern"
STAFF = ("teller", "supervisor", "auditor", "admin")
CUSTOMER = "customer"  # Alice's own login; whoever signs in with it sees her pages
PEERS = {"ALFA": "http://127.0.0.1:8001", "BRVO": "http://127.0.0.1:8002"}


class StandingClock:
    """Moves only when told to."""

    def __init__(self) -> None:
        self.at_us = SystemClock().now_us()

    def now_us(self) -> int:
        return self.at_us

    def pass_ms(self, ms: int) -> None:
        self.at_us += ms * 1_000


def seed_entry() -> dict[str, Any]:
    """Alice and Carol bank here, with 100.00 each; one of Carol's accounts is frozen for debits, one is in dollars."""
    customers = [
        {"name": name, "phone": None, "born": "1990-02-28", "since": "2020-01-01"} for name in ("Alice", "Carol")
    ]
    accounts = [
        {
            "number": number,
            "owner": owner,
            "type": "current",
            "currency": currency,
            "state": state,
            "opening_minor": OPENING,
        }
        for number, owner, currency, state in (
            (ALICE, "Alice", "EUR", "open"),
            (CAROL, "Carol", "EUR", "open"),
            (FROZEN, "Carol", "EUR", "debit_frozen"),
            (DOLLARS, "Carol", "USD", "open"),
        )
    ]
    staff = [{"username": role, "name": role.title(), "password": PASSWORD, "role": role} for role in STAFF]
    return {"id": "ALFA", "name": "Bank ALFA", "customers": customers, "accounts": accounts, "staff": staff}


@contextmanager
def a_bank(folder: Path, clock: StandingClock | None = None, **settings: Any) -> Iterator[Bank]:
    """ALFA, seeded, open for the day, by the clock handed in or by the wall's."""
    folder.mkdir(parents=True, exist_ok=True)
    seed = folder / "seed.json"
    seed.write_text(json.dumps(seed_entry()), encoding="utf-8")
    chosen: dict[str, Any] = {"bank_id": "ALFA", "data_dir": folder, "seed_file": seed, "peers": PEERS, **settings}
    with patch("bank_node.opening.SystemClock", lambda _offset_ms: clock or SystemClock()):
        bank = open_bank(BankSettings(**chosen))
    try:
        with suppress(Refusal):  # a bank that is opened again has given it before
            bank.submit_and_wait(give_login, NewLogin(1, CUSTOMER, hashed(PASSWORD), None))
        yield bank
    finally:
        close_bank(bank)


@cache
def hashed(password: str) -> str:
    return hash_password(password)


def app_of(bank: Bank) -> FastAPI:
    app = BankApp(docs_url=None, redoc_url=None, openapi_url=None)
    mount(app, bank)
    return app


def token_of(bank: Bank, username: str) -> str:
    """A token as sign-in would give it, without the time that checking a password takes."""
    with bank.readers.connection() as connection:
        member = staff_named(connection, username)
    assert member is not None
    now_us, jti = bank.clock.now_us(), new_id()
    expires_us = (now_us // 1_000_000 + bank.settings.token_minutes * 60) * 1_000_000
    bank.submit_and_wait(open_session, NewSession(id_hash(jti), member, "token", expires_us, "here"))
    return bank.desk.signet.seal(username, member.role, jti, now_us)


class Http:
    """An HTTP client in front of an app, in one event loop of its own; `all` sends many requests at once."""

    def __init__(self, app: FastAPI) -> None:
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001", trust_env=False)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self.client.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def all(self, requests: list[dict[str, Any]]) -> list[httpx.Response]:
        async def together() -> list[httpx.Response]:
            return await asyncio.gather(*(self.client.request(**request) for request in requests))

        return self._runner.run(together())

    def run(self, coroutine: Any) -> Any:
        return self._runner.run(coroutine)

    def close(self) -> None:
        self._runner.run(self.client.aclose())
        self._runner.close()


class Caller:
    """Somebody who talks to the API, as the member of staff of that name, or as the customer Alice."""

    def __init__(self, bank: Bank, http: Http) -> None:
        self.bank = bank
        self.http = http
        self._tokens: dict[str, str] = {}
        self._keys = 0

    def token(self, role: str) -> str:
        if role not in self._tokens:
            self._tokens[role] = token_of(self.bank, role)
        return self._tokens[role]

    def forget_tokens(self) -> None:
        """Of a clock that went too far for them."""
        self._tokens.clear()

    def bearer(self, role: str = "teller") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role)}"}

    def get(self, path: str, role: str = "teller", **more: Any) -> Any:
        return self.http.get(path, headers={**self.bearer(role), **more.pop("headers", {})}, **more)

    def post(self, path: str, body: Any, role: str = "teller", key: str | None = "", **more: Any) -> Any:
        """With a new key, the given one, or (None) without any."""
        self._keys += 1
        keyed = {} if key is None else {"Idempotency-Key": key or f"key-{self._keys}"}
        return self.http.post(
            path, json=body, headers={**self.bearer(role), **keyed, **more.pop("headers", {})}, **more
        )

    def send(
        self, amount_minor: Any = 12_50, to: str = CAROL, role: str = "teller", key: str | None = "", **changes: Any
    ) -> Any:
        order = {
            "from_account": ALICE,
            "to_bank": to[4:8],
            "to_account": to,
            "amount_minor": amount_minor,
            "currency": "EUR",
        }
        order = {name: value for name, value in {**order, **changes}.items() if value is not None}
        return self.post("/api/v1/transfers", order, role, key)

    def balance(self, number: str = ALICE) -> int:
        return int(self.get(f"/api/v1/accounts/{number}").json()["balance_minor"])


@contextmanager
def a_caller(folder: Path, **settings: Any) -> Iterator[Caller]:
    with a_bank(folder, **settings) as bank, closing(Http(app_of(bank))) as http:
        yield Caller(bank, http)
