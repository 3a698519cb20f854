"""What cannot be is refused in words that a client can act on, moves no money and is never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bank_node.ledger.account import make_number
from tests.support.counter import ALICE, BOB, CAROL, DOLLARS, FROZEN, OPENING, Caller, StandingClock, a_caller

NOBODY_HERE = make_number("ALFA", 99)
MISTYPED = f"{ALICE[:2]}00{ALICE[4:]}"

# name -> (changes to a good order, status, code, pointer)
ORDERS: dict[str, tuple[dict[str, Any], int, str, str | None]] = {
    "amount 0": ({"amount_minor": 0}, 422, "AM12", "/amount_minor"),
    "a negative amount": ({"amount_minor": -1}, 422, "AM12", "/amount_minor"),
    "a fraction of a minor unit": ({"amount_minor": 12.5}, 422, "AM12", "/amount_minor"),
    "a float that is whole": ({"amount_minor": 1250.0}, 422, "AM12", "/amount_minor"),
    "an amount above the ceiling": ({"amount_minor": 10**15 + 1}, 422, "AM12", "/amount_minor"),
    "an amount that fits no 64 bits": ({"amount_minor": 10**40}, 422, "AM12", "/amount_minor"),
    "an amount as a text": ({"amount_minor": "1250"}, 422, "AM12", "/amount_minor"),
    "an amount that is true": ({"amount_minor": True}, 422, "AM12", "/amount_minor"),
    "a decimal text with three decimals": ({"amount_minor": None, "amount": "12.505"}, 422, "AM12", "/amount"),
    "a decimal text below zero": ({"amount_minor": None, "amount": "-12.50"}, 422, "AM12", "/amount"),
    "a decimal that is a float": ({"amount_minor": None, "amount": 12.5}, 422, "AM12", "/amount"),
    "a decimal text that is none": ({"amount_minor": None, "amount": "twelve"}, 422, "AM12", "/amount"),
    "two amounts": ({"amount": "12.50"}, 422, "invalid", ""),
    "no amount": ({"amount_minor": None}, 422, "invalid", ""),
    "more than there is": ({"amount_minor": OPENING * 100}, 422, "AM04", "/amount_minor"),
    "another currency than the account's": ({"currency": "USD"}, 422, "AM03", "/currency"),
    "a currency nobody keeps": ({"currency": "XXX"}, 422, "AM03", "/currency"),
    "a currency in small letters": ({"currency": "eur"}, 422, "invalid", "/currency"),
    "a payee in another currency": ({"to_account": DOLLARS}, 422, "AM03", "/currency"),
    "the payer himself": ({"to_account": ALICE}, 422, "same_account", "/to_account"),
    "a bank nobody knows": ({"to_bank": "ZULU", "to_account": make_number("ZULU", 1)}, 422, "unknown_bank", "/to_bank"),
    "a bank and an account that do not fit": ({"to_bank": "BRVO", "to_account": CAROL}, 422, "BE04", "/to_account"),
    "no such payer": ({"from_account": NOBODY_HERE}, 404, "not_found", "/from_account"),
    "no such payee": ({"to_account": NOBODY_HERE}, 422, "AC01", "/to_account"),
    "another bank's payer": ({"from_account": BOB}, 404, "not_found", "/from_account"),
    "a mistyped payer": ({"from_account": MISTYPED}, 422, "BE04", "/from_account"),
    "a mistyped payee": ({"to_account": f"{CAROL[:-1]}9"}, 422, "BE04", "/to_account"),
    "a payer who is frozen": ({"from_account": FROZEN}, 422, "AC06", "/from_account"),
    "a reference that is too long": ({"reference": "x" * 141}, 422, "invalid", "/reference"),
    "a reference with a line break": ({"reference": "a\nb"}, 422, "invalid", "/reference"),
    "an expiry that is no moment": ({"expires_at": "tomorrow"}, 422, "FF01", "/expires_at"),
    "an expiry without an offset": ({"expires_at": "2030-01-01T12:00:00"}, 422, "FF01", "/expires_at"),
    "an expiry that has passed": ({"expires_at": "2020-01-01T12:00:00Z"}, 422, "AB05", "/expires_at"),
    "a member nobody knows": ({"amuont_minor": 1}, 422, "invalid", "/amuont_minor"),
    "a list for a bank": ({"to_bank": ["BRVO"]}, 422, "invalid", "/to_bank"),
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def caller(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clock: StandingClock
) -> Iterator[Caller]:
    """Both databases: what one of them refuses, the bank refuses on both."""
    knobs = {}
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        server.heal()
        server.empty()
        knobs["database_url"] = server.url()
    with a_caller(tmp_path_factory.mktemp("alfa"), clock=clock, **knobs) as opened:
        yield opened


def check_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"] == f"urn:bankfed:problem:{code}"
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert problem["trace_id"] == answer.headers["traceparent"].split("-")[1]
    assert problem["definite"] is True
    assert "Traceback" not in answer.text
    return problem


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_that_cannot_be_is_refused_in_words(caller: Caller, name: str) -> None:
    changes, status, code, pointer = ORDERS[name]
    order = {"from_account": ALICE, "to_bank": "ALFA", "to_account": CAROL, "amount_minor": 12_50, "currency": "EUR"}
    body = {member: value for member, value in {**order, **changes}.items() if value is not None}
    problem = check_problem(caller.post("/api/v1/transfers", body), status, code)
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert caller.balance(ALICE) == OPENING
    assert caller.balance(CAROL) == OPENING


@pytest.mark.parametrize("name", ORDERS)
def test_the_same_order_in_a_batch_is_refused_alone(caller: Caller, name: str) -> None:
    changes, status, code, pointer = ORDERS[name]
    order = {"from_account": ALICE, "to_bank": "ALFA", "to_account": CAROL, "amount_minor": 12_50, "currency": "EUR"}
    item = {member: value for member, value in {**order, **changes}.items() if value is not None}
    answer = caller.post(
        "/api/v1/transfers/batch", {"transfers": [{**item, "idempotency_key": f"bad {name}".replace(" ", "-")}]}
    )
    [said] = answer.json()["items"]
    assert (said["http_status"], said["problem"]["code"]) == (status, code)
    assert f"/transfers/0{pointer}" in [error["pointer"] for error in said["problem"]["errors"]]
    assert caller.balance(ALICE) == OPENING


@pytest.mark.parametrize("amount", [0, -1, 12.5, 10**16, "12.50", None])
@pytest.mark.parametrize("route", ["deposits", "withdrawals"])
def test_cash_takes_no_amount_that_is_none(caller: Caller, route: str, amount: Any) -> None:
    answer = caller.post(f"/api/v1/{route}", {"account": ALICE, "amount_minor": amount, "currency": "EUR"})
    check_problem(answer, 422, "invalid" if amount is None else "AM12")
    assert caller.balance(ALICE) == OPENING


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"account": NOBODY_HERE}, 404, "not_found"),
        ({"account": BOB}, 404, "not_found"),
        ({"account": "XF00"}, 422, "BE04"),
        ({"currency": "USD"}, 422, "AM03"),
        ({"amount_minor": OPENING + 1}, 422, "AM04"),
        ({"account": FROZEN}, 422, "AC06"),
    ],
)
def test_a_withdrawal_that_cannot_be_is_refused(caller: Caller, changes: Any, status: int, code: str) -> None:
    body = {"account": ALICE, "amount_minor": 1, "currency": "EUR", **changes}
    check_problem(caller.post("/api/v1/withdrawals", body), status, code)


@pytest.mark.parametrize("route", ["transfers", "deposits", "withdrawals"])
def test_money_does_not_move_without_a_key(caller: Caller, route: str) -> None:
    body = {"from_account": ALICE, "to_bank": "ALFA", "to_account": CAROL, "amount_minor": 1, "currency": "EUR"}
    if route != "transfers":
        body = {"account": ALICE, "amount_minor": 1, "currency": "EUR"}
    check_problem(caller.post(f"/api/v1/{route}", body, key=None), 400, "key_missing")
    for key in ("x" * 256, " ", '""', "\x7f"):
        headers = {"Idempotency-Key": key}
        check_problem(caller.post(f"/api/v1/{route}", body, key=None, headers=headers), 400, "key_malformed")
    assert caller.balance(ALICE) == OPENING


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b"\xff\xfe", b'"\\ud800"', b"[" * 60_000, b"null", b"[]", b"1e999", b'{"a":NaN}']
)
@pytest.mark.parametrize("route", ["transfers", "transfers/batch", "deposits", "customers", "accounts"])
def test_a_body_that_is_no_order_is_a_problem_of_the_sender(caller: Caller, route: str, body: bytes) -> None:
    headers = {**caller.bearer(), "Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = caller.http.post(f"/api/v1/{route}", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    check_problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/accounts/XF00", 422),
        (f"/api/v1/accounts/{NOBODY_HERE}", 404),
        (f"/api/v1/accounts/{NOBODY_HERE}/transactions", 404),
        (f"/api/v1/accounts/{ALICE}/transactions?month=2026-13", 422),
        (f"/api/v1/accounts/{ALICE}/transactions?month=9999-12", 422),
        (f"/api/v1/accounts/{ALICE}/transactions?cursor=zzz", 422),
        ("/api/v1/accounts?limit=0", 422),
        ("/api/v1/accounts?limit=201", 422),
        ("/api/v1/accounts?limit=ten", 422),
        ("/api/v1/accounts?cursor=!!!", 422),
        ("/api/v1/accounts?customer_id=99999999999999999999", 422),
        ("/api/v1/customers/0", 422),
        ("/api/v1/customers/alice", 422),
        ("/api/v1/customers/999", 404),
        ("/api/v1/transfers/no-such-id", 404),
        ("/api/v1/transfers/%00", 404),
        (f"/api/v1/transfers/{'x' * 65}", 422),
        ("/api/v1/transfers/no-such-id?wait=5", 404),
        ("/api/v1/transfers/no-such-id?wait=forever", 422),
        ("/api/v1/transfers/no-such-id?wait=nan", 422),
        ("/api/v1/transfers/no-such-id?wait=31", 422),
        ("/api/v1/transfers?status=lost", 422),
        ("/api/v1/transfers?account=XF00", 422),
        (f"/api/v1/transfers?account={NOBODY_HERE}", 404),
    ],
)
def test_a_question_that_has_no_answer_is_told_so(caller: Caller, path: str, status: int) -> None:
    answer = caller.get(path)
    check_problem(answer, status, answer.json()["code"])


CURSOR_OF_NUL = "AAA"  # and of "a", NUL, "b":
CURSORS = (CURSOR_OF_NUL, "YQBi", "MTcuAA", "MTcuQlJWTy4A")


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize(
    "path",
    [
        *("accounts", "archive", "approvals", "transfers", "received", "recalls", "recalls?direction=received", "desk"),
        *(f"accounts/{ALICE}/transactions", f"accounts/{ALICE}/months", "desk?kind=sent", "desk?kind=return"),
    ],
)
def test_a_cursor_that_hides_a_nul_is_none_of_ours(caller: Caller, path: str, cursor: str) -> None:
    answer = caller.get(f"/api/v1/{path}{'&' if '?' in path else '?'}cursor={cursor}")
    check_problem(answer, answer.status_code, answer.json()["code"])
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize("role", ["teller", "auditor", "customer", "admin"])
@pytest.mark.parametrize(
    "path",
    [
        *("why/queue?id=", "why/dedupe?id=BRVO:", "why/return?id=", "why/hold?id=", "audit/log?actor=", "customers?q="),
        *("audit/log?subject=", "transfers?account=", "payees?bank=BRVO&account=", "accounts?cursor=", "nothing?x="),
    ],
)
def test_a_nul_in_a_query_is_refused(caller: Caller, path: str, role: str) -> None:
    for nul in ("%00", "a%00b"):
        check_problem(caller.get(f"/api/v1/{path}{nul}", role), 422, "invalid")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", path) for path in ("transfers/%00", "received/BRVO/a%00", "received/%00/a", "accounts/%00", "%00")),
        *(("GET", path) for path in ("payees/BRVO/%00", "banks/%00", "staff/%00", "me/transfers/%00", "why/%00")),
        *(("POST", path) for path in ("transfers/%00/return", "transfers/%00/recall", "desk/stuck/%00/seen")),
        *(("PATCH", "staff/%00"), ("DELETE", "sessions/%00"), ("PUT", "accounts/%00/label")),
    ],
)
def test_a_nul_in_a_path_is_no_address(caller: Caller, method: str, path: str) -> None:
    for role in ("teller", "customer", "admin"):
        headers = {**caller.bearer(role), "Idempotency-Key": "nul"}
        check_problem(caller.http.request(method, f"/api/v1/{path}", headers=headers), 404, "not_found")


HALVES = ("\\u0000", "\\ud800", "\\udc00", "a\\ud83dz", "\\ude00\\ud83d")
TEXTS: dict[str, list[tuple[str, str]]] = {  # route -> whose, and a body with a text in it
    "transfers": [
        ("teller", f'{{"{member}": "@"}}') for member in ("from_account", "to_bank", "reference", "currency")
    ],
    "transfers/batch": [("teller", '{"transfers": [{"idempotency_key": "@"}, {"from_account": "@"}]}')],
    "deposits": [("teller", '{"account": "@"}'), ("teller", '{"@": 1}'), ("teller", '{"denominations": {"@": 1}}')],
    "customers": [("teller", '{"name": "@"}'), ("teller", '{"name": "x", "phone": "@"}')],
    "me/transfers": [("customer", '{"to_account": "@"}')],
    "staff": [("admin", '{"username": "@", "name": "x", "role": "teller"}'), ("admin", '["@"]'), ("admin", '"@"')],
    "desk/quarantine/seen": [("supervisor", '{"upto": "1.@"}')],
}


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("route", TEXTS)
def test_a_nul_or_half_a_letter_in_json_is_refused(caller: Caller, route: str, half: str) -> None:
    for role, body in TEXTS[route]:
        for content in (
            body.replace("@", half).encode(),
            json.dumps(json.loads(body.replace("@", half))).encode("utf-16"),
        ):
            headers = {**caller.bearer(role), "Content-Type": "application/json", "Idempotency-Key": "half"}
            answer = caller.http.post(f"/api/v1/{route}", content=content, headers=headers)
            assert answer.status_code in (400, 422), answer.text
            check_problem(answer, answer.status_code, answer.json()["code"])


def test_a_nul_is_only_refused_where_one_is(caller: Caller) -> None:
    for reference in ("100%00", "\\u0000", "\\ud800", "\U0001f600", "\ud7a3"):
        assert caller.send(1, reference=reference).status_code == 201, reference
    body = b'{"name": "\\ud83d\\ude00 \\\\u0000"}'
    headers = {**caller.bearer(), "Content-Type": "application/json", "Idempotency-Key": "a face"}
    assert caller.http.post("/api/v1/customers", content=body, headers=headers).status_code == 201


@pytest.mark.parametrize("nul", ["%00", "teller%00", "%ED%A0%80"])
@pytest.mark.parametrize("field", ["username", "password"])
def test_a_nul_in_a_form_is_refused(caller: Caller, field: str, nul: str) -> None:
    typed = "&".join(f"{name}={nul if name == field else 'x'}" for name in ("username", "password"))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = caller.http.post("/api/v1/auth/token", content=typed.encode(), headers=headers)
    # a surrogate is read as the mark of what cannot be read
    check_problem(answer, *((422, "invalid") if "%00" in nul else (401, "wrong_password")))


WORDS = st.text(max_size=40) | st.sampled_from([ALICE, CAROL, BOB, "ALFA", "BRVO", "EUR", "12.50", "\x00", "’; DROP"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
MEMBERS = ("from_account", "to_bank", "to_account", "amount_minor", "amount", "currency", "reference", "expires_at",
           "account", "to_name", "customer_id", "type", "name", "born", "transfers", "idempotency_key")  # fmt: skip
BODIES = st.dictionaries(st.sampled_from(MEMBERS), ANYTHING, max_size=9) | ANYTHING


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=BODIES,
    route=st.sampled_from(["transfers", "transfers/batch", "deposits", "withdrawals", "customers", "accounts"]),
)
def test_whatever_is_sent_the_bank_never_fails(caller: Caller, body: Any, route: str) -> None:
    try:
        content = orjson.dumps(body)
    except (TypeError, ValueError):  # numbers beyond 64 bits, lone surrogates
        content = json.dumps(body).encode()
    headers = {**caller.bearer(), "Content-Type": "application/json", "Idempotency-Key": "fuzz"}
    answer = caller.http.post(f"/api/v1/{route}", content=content, headers=headers)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
