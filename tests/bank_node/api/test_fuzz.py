"""The whole description of a bank, sent to it as everybody: nothing it answers is a surprise to who has read it.

`BANKFED_FUZZ_REQUESTS` (default 20,000) says how many requests, `BANKFED_FUZZ_SEED` which ones.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from bank_node.api import banks
from bank_node.api.problems import Problem, Stop
from bank_node.bell import Bell
from bank_node.people import change_password, let_in
from bank_node.people.roles import CUSTOMER, ROLES, TABLE
from bank_node.store.audit_check import check_chain
from bank_node.store.people import staff_named
from bank_node.store.snapshot import snapshot_lines
from bank_node.transfers.laws import LAWS
from bank_node.transfers.snapshot import read_snapshot
from tests.bank_node.api.test_recalls import a_recall_of
from tests.bank_node.api.test_transfer_desk import receive_from_bob
from tests.support.api_fuzz import NOBODY, Play, Sender, cases, operations, strict
from tests.support.counter import (
    ALICE,
    BOB,
    CAROL,
    DOLLARS,
    FROZEN,
    PASSWORD,
    Caller,
    StandingClock,
    a_caller,
    app_of,
    hashed,
)
from tests.support.desk_work import contradict, set_aside

REQUESTS = int(os.environ.get("BANKFED_FUZZ_REQUESTS", "20000"))
SEED = int(os.environ.get("BANKFED_FUZZ_SEED", "6"))
SENDERS = (*ROLES, NOBODY)


@pytest.fixture(scope="module")
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory, clock: StandingClock) -> Iterator[Caller]:
    folder = tmp_path_factory.mktemp("alfa")
    knobs: dict[str, Any] = {"approval_limit_minor": 50_00, "payee_wait_ms": 0, "stuck_after_ms": 1_000}
    with a_caller(folder, clock=clock, synchronous="OFF", **knobs) as opened:
        yield opened


def furnish(caller: Caller, clock: StandingClock) -> dict[str, list[Any]]:
    """A bit of everything, so that numbers lead somewhere; and the words by which it is asked for."""

    def made(path: str, body: Any, role: str = "teller") -> dict[str, Any]:
        answer = caller.post(f"/api/v1/{path}", body, role)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    cash = {"account": ALICE, "amount_minor": 49_00, "currency": "EUR"}
    for _ in range(40):
        entry = made("deposits", cash)
    out = [caller.send(minor, BOB).json() for minor in (1_00, 2_00, 60_00, 61_00)]
    contradict(caller.bank, out[0]["transaction_id"])
    set_aside(caller.bank, count=2)
    for number in range(3):
        receive_from_bob(caller, f"from-bob-{number}", 10_00)
    for number in range(2):
        a_recall_of(caller, f"from-bob-{number}", f"recall-{number}")
    hold = made(f"accounts/{ALICE}/holds", {"amount_minor": 1_00, "currency": "EUR", "reason": "cheque"})
    note = made("customers/1/notes", {"kind": "note", "text": "loud"})
    card = made("cards", {"account": ALICE})
    drawer = made("drawers", {"number": 7, "floats": {"EUR": 100_00}}, "supervisor")
    made("staff", {"username": "temp", "name": "Temp", "role": "teller", "password": PASSWORD}, "admin")
    clock.pass_ms(1_000)
    accounts = [ALICE, ALICE, CAROL, FROZEN, DOLLARS, BOB]
    return {
        **dict.fromkeys(("number", "account", "from_account", "to_account"), accounts),
        "customer_id": [1, 2],
        "currency": [*["EUR"] * 6, "USD"],
        "amount_minor": [1, 1_00, 49_00, 60_00],
        "opening_minor": [0, 10_00],
        "to_bank": ["ALFA", "BRVO"],
        "bank": ["ALFA", "BRVO"],
        "transaction_id": [*(payment["transaction_id"] for payment in out), "from-bob-0", "from-bob-1", "from-bob-2"],
        "id": [*(payment["transaction_id"] for payment in out), "1", "2"],
        "approval_id": [out[2]["approval_id"], out[3]["approval_id"]],
        "entry_id": [entry["entry_id"], entry["entry_id"] - 1, 1],
        "hold_id": [hold["hold_id"]],
        "note_id": [note["note_id"]],
        "card_id": [card["card_id"]],
        "drawer_id": [drawer["drawer_id"]],
        "item_id": [1],
        "username": ["temp"],
        "from_bank": ["BRVO"],
        "recall_id": ["recall-0", "recall-1"],
        "password": [PASSWORD],
        "state": [*["open"] * 8, "debit_frozen", "blocked"],
        "session": [item["session"] for item in caller.get("/api/v1/sessions", "admin").json()["items"]],
        "reason": ["a good one"],
        **{name: [None] for name in ("month", "from", "until", "cursor", "if-match")},
    }


async def _no_news(_bell: Bell, _topics: Any, _timeout_s: float) -> bool:
    """`wait=30` would be waited for."""
    return False


def header_of(caller: Caller, role: str, anew: bool) -> str:
    """The Authorization of this role; `anew` where its token was ended, or its login, as may happen here."""
    if anew:
        caller.forget_tokens()
        if role == CUSTOMER:
            with caller.bank.readers.connection() as connection:
                alice = staff_named(connection, CUSTOMER)
            assert alice is not None
            caller.http.run(change_password(caller.bank, alice.staff_id, hashed(PASSWORD), "fuzz"))
            caller.http.run(let_in(caller.bank, alice.staff_id, True, "fuzz"))
    return caller.bearer(role)["Authorization"]


def test_nothing_the_bank_answers_is_a_surprise_to_who_has_read_its_description(
    caller: Caller, clock: StandingClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Bell, "wait", _no_news)
    document = strict(caller.http.get("/openapi.json").json())
    known, labels = furnish(caller, clock), {operation.label for operation in operations(document)}
    drawn = cases(document, max(1, REQUESTS // (len(labels) * len(SENDERS) * 4)), SEED)
    with closing(Sender(app_of(caller.bank))) as send:
        play = Play(send, partial(header_of, caller), known, SENDERS, random.Random(SEED))
        play.play(drawn, REQUESTS)
    result = play.result
    never = sorted(labels - result.done)
    counts = f"seed {SEED}, {len(drawn)} cases, {result.sent.total()} requests, {dict(sorted(result.statuses.items()))}"
    with capsys.disabled():
        print(f"\nfuzz: {counts}; never carried out: {', '.join(never) or 'nothing'}")
    shown = "\n\n".join(f"{count} x {what}\n{result.examples[what]}" for what, count in sorted(result.faults.items()))
    assert not result.faults, f"{counts}\n{shown}"
    assert result.sent.total() >= REQUESTS
    assert all(result.sent[sender] for sender in SENDERS)
    assert len(never) <= len(labels) // 5, never  # what is always refused is not looked at
    lawful(caller)


def lawful(caller: Caller) -> None:
    bank = caller.bank
    with bank.readers.connection() as connection:
        snapshot = read_snapshot(list(snapshot_lines(connection, bank.charter, bank.clock.now_us())))
        assert check_chain(connection).detail == "holds"
    for law in LAWS:
        if law.id in ("I1", "I2", "I8", "I9", "I10"):  # the others ask BRVO's books, which nobody keeps here
            assert list(law.breaches({"ALFA": snapshot})) == [], law.title


def told(caller: Caller, path: str) -> str:
    """What is found about one address."""
    document = strict(caller.http.get("/openapi.json").json())
    document["paths"] = {path: document["paths"][path]}
    with closing(Sender(app_of(caller.bank))) as send:
        play = Play(send, partial(header_of, caller), {}, SENDERS, random.Random(SEED))
        play.play(cases(document, 2, SEED), 0)
    return "\n".join(play.result.faults)


def test_a_bank_that_is_not_as_it_says_is_found_out(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The looker itself is looked at: five lies, each told of."""
    assert told(caller, "/api/v1/banks") == ""
    honest = banks._said
    for lie in ({"secret": 1}, {"verified": "yes"}):
        monkeypatch.setattr(banks, "_said", lambda *given, lie=lie: {**honest(*given), **lie})
        assert "violates schema" in told(caller, "/api/v1/banks")
    monkeypatch.setattr(banks, "_said", lambda *_: 1 / 0)
    assert "Server error" in told(caller, "/api/v1/banks")
    monkeypatch.setattr(banks, "_said", lambda *_: (_ for _ in ()).throw(Stop(Problem("changed_meanwhile", "No."))))
    assert "Undocumented status code" in told(caller, "/api/v1/banks")
    monkeypatch.setattr(banks, "_said", honest)
    monkeypatch.setattr(banks, "as_json", lambda document: PlainTextResponse(str(document)))
    assert "Undocumented Content-Type" in told(caller, "/api/v1/banks")
    monkeypatch.undo()
    monkeypatch.setitem(TABLE, "banks.read", frozenset({*ROLES}))
    assert "GET /api/v1/banks: customer gets 200" in told(caller, "/api/v1/banks")
