"""The stream of events: told in order with rising ids, gone on with after an absence, ended with token and bank."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.api import crier as criers
from bank_node.seats import Seats
from tests.support.counter import ALICE, BOB, CAROL, Caller, a_caller

PATIENCE_S = 30.0


class Heard:
    """What a stream has said so far."""

    def __init__(self) -> None:
        self.text = ""
        self._spoke = asyncio.Event()

    def hear(self, text: str) -> None:
        self.text += text
        self._spoke.set()

    async def until(self, words: str) -> None:
        while words not in self.text:
            self._spoke.clear()
            await self._spoke.wait()


Act = Callable[[Heard], Awaitable[Any]]


def listen(
    caller: Caller, query: str = "", want: str = "retry:", headers: dict[str, str] | None = None, *acts: Act
) -> str:
    """What the stream says until all acts are done and it has said `want`, or ended; then the listener goes."""
    heard, status, bearer = Heard(), 0, caller.bearer()

    async def run() -> None:
        async def act() -> None:
            await heard.until("retry:")
            for one in acts:
                await one(heard)
            await heard.until(want)

        async def receive() -> Any:
            await acting
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            heard.hear(message.get("body", b"").decode())

        sent = {**bearer, **(headers or {})}
        pairs = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
        scope = {"type": "http", "method": "GET", "path": "/api/v1/events", "query_string": query.encode()}
        scope |= {"headers": pairs, "raw_path": b"/api/v1/events", "root_path": "", "scheme": "http"}
        scope |= {"http_version": "1.1", "server": ("127.0.0.1", 8001), "client": ("127.0.0.1", 2)}
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            acting = group.create_task(act())
            await app_of(caller)(scope, receive, send)
            acting.cancel()

    caller.http.run(run())
    assert status == 200, heard.text
    return heard.text


def app_of(caller: Caller) -> Any:
    return caller.http.client._transport.app  # type: ignore[attr-defined]


def seats_of(caller: Caller) -> Seats:
    seats: Seats = app_of(caller).state.seats
    return seats


def told(text: str) -> list[tuple[int | None, str, dict[str, Any]]]:
    """(id, type, data) of each event."""
    found = re.findall(r"(?:id: (\d+)\n|: more\n)event: (\S+)\ndata: (.+)\n", text)
    return [(int(id_) if id_ else None, type_, orjson.loads(data)) for id_, type_, data in found]


def test_what_happened_is_told_in_order_by_type_and_by_account(caller: Caller) -> None:
    cash = {"account": CAROL, "amount_minor": 7, "currency": "EUR"}
    inside = caller.send(5, CAROL).json()["transaction_id"]
    away = caller.send(6, BOB).json()["transaction_id"]
    caller.post("/api/v1/deposits", cash)
    text = listen(caller, "after=0", '"amount_minor":7')
    mine = [one for one in told(text) if one[2].get("transaction_id") in (inside, away) or one[2]["amount_minor"] == 7]
    assert [(type_, said["amount_minor"]) for _, type_, said in mine] == [
        ("transaction.initiated", 5),
        ("transaction.completed", 5),
        ("account.funded", 5),
        ("transaction.initiated", 6),
        ("account.funded", 7),
    ]
    ids = [id_ for id_, _, _ in told(text) if id_ is not None]
    assert ids == sorted(set(ids))
    assert [id_ is None for id_, _, _ in mine] == [True, True, False, False, False]
    resumed = listen(caller, "", '"amount_minor":7', {"Last-Event-ID": str(mine[3][0])})
    assert [said["amount_minor"] for _, _, said in told(resumed)] == [7]
    funded = listen(caller, "after=0&types=account.funded&account=" + CAROL, '"amount_minor":7')
    assert {(type_, said["account"]) for _, type_, said in told(funded)} == {("account.funded", CAROL)}


def test_what_happens_now_is_told_and_the_stream_ends_with_its_token(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        client, bearer, mine = caller.http.client, caller.bearer("supervisor"), caller.bearer()
        cash = {"account": ALICE, "amount_minor": 3, "currency": "EUR"}

        async def pay(heard: Heard) -> None:
            await client.post("/api/v1/deposits", json=cash, headers={**bearer, "Idempotency-Key": "k"})
            await heard.until("account.funded")

        async def sign_out(_heard: Heard) -> None:
            await client.delete("/api/v1/auth/token", headers=mine)

        text = listen(caller, "", "signed-out", None, pay, sign_out)
        assert "account.funded" in text
        assert text.endswith("event: signed-out\ndata: {}\n\n")
        assert seats_of(caller).taken == 0


def test_who_has_signed_out_is_told_of_no_payment_made_after_that(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        client, bearer, mine = caller.http.client, caller.bearer("supervisor"), caller.bearer()

        async def sign_out_and_pay(_heard: Heard) -> None:
            await client.delete("/api/v1/auth/token", headers=mine)
            for key in "klm":
                cash = {"account": ALICE, "amount_minor": 3, "currency": "EUR"}
                await client.post("/api/v1/deposits", json=cash, headers={**bearer, "Idempotency-Key": key})

        text = listen(caller, "", "signed-out", None, sign_out_and_pay)
        assert told(text) == []
        assert text.endswith("event: signed-out\ndata: {}\n\n")


def test_one_person_has_so_many_streams_and_others_have_theirs(tmp_path: Path) -> None:
    with a_caller(tmp_path, event_streams_per_person_max=2) as caller:
        for _ in range(2):
            seats_of(caller).take("teller")
        full = caller.get("/api/v1/events")
        assert (full.status_code, full.json()["code"], full.headers["retry-after"]) == (429, "too_many_streams", "20")
        assert "2 event streams open" in full.json()["detail"]
        caller.bank.bell.close()
        assert caller.get("/api/v1/events", "supervisor").status_code == 200
        assert seats_of(caller).taken == 2


def test_a_quiet_stream_says_that_it_is_there_and_a_bank_that_closes_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(criers, "HEARTBEAT_S", 0.0)
    with a_caller(tmp_path, event_streams_max=1) as caller:
        quiet = listen(caller, "", ": still here")
        assert re.search(r"id: \d+\n: still here", quiet)
        seats_of(caller).take("somebody")
        full = caller.get("/api/v1/events")
        assert (full.status_code, full.json()["code"], full.headers["retry-after"]) == (503, "unavailable", "20")
        seats_of(caller).give_back("somebody")
        caller.bank.bell.close()
        assert told(caller.get("/api/v1/events").text) == []


@pytest.mark.parametrize(
    ("query", "headers", "pointer"),
    [
        ("types=lost", {}, "types"),
        ("after=-1", {}, "after"),
        ("account=XF00", {}, "/account"),
        ("", {"Last-Event-ID": "x"}, "Last-Event-ID"),
        ("", {"Last-Event-ID": "²"}, "Last-Event-ID"),
    ],
)
def test_what_cannot_be_listened_for_is_refused(
    caller: Caller, query: str, headers: dict[str, str], pointer: str
) -> None:
    given = {name: value.encode() for name, value in headers.items()}
    answer = caller.get(f"/api/v1/events?{query}", headers=given)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
