"""What every request passes: size, time, origin, content type, headers, trace, and the last resort."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bank_node.api import guards
from bank_node.store.commit import StoreUnavailable
from tests.support.counter import ALICE, OPENING, PASSWORD, Caller, app_of

ORDER = {"account": ALICE, "amount_minor": 1, "currency": "EUR"}


def check(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/v1/transfers", "/api/v1/deposits", "/api/v1/customers", "/api/v1/auth/token"])
def test_a_body_above_64_kib_is_refused_before_it_is_read(caller: Caller, path: str) -> None:
    answer = caller.http.post(path, content=b"x" * (64 * 1024 + 1), headers=caller.bearer())
    check(answer, 413, "too_large")


@pytest.mark.parametrize("path", ["/api/v1/transfers", "/api/v1/deposits"])
def test_a_body_whose_length_was_not_said_is_counted(caller: Caller, path: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"x" * 1024

    headers = {**caller.bearer(), "Content-Type": "application/json", "Idempotency-Key": "k"}
    check(caller.http.post(path, content=pieces(), headers=headers), 413, "too_large")


def test_a_batch_may_have_256_kib(caller: Caller) -> None:
    long = {"transfers": [{"idempotency_key": "k", "reference": "x" * 100_000}]}
    assert caller.post("/api/v1/transfers/batch", long).status_code == 200
    long = {"transfers": [{"idempotency_key": "k", "reference": "x" * 300_000}]}
    check(caller.post("/api/v1/transfers/batch", long), 413, "too_large")


def test_a_page_of_257_transfers_is_no_batch(caller: Caller) -> None:
    check(caller.post("/api/v1/transfers/batch", {"transfers": [{}] * 257}), 422, "invalid")
    check(caller.post("/api/v1/transfers/batch", {"transfers": []}), 422, "invalid")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_json_says_that_it_is_json(caller: Caller, kind: str | None) -> None:
    """A form of another site can send these without asking; JSON it cannot."""
    headers = {**caller.bearer(), "Idempotency-Key": "k", **({"Content-Type": kind} if kind else {})}
    for route in ("transfers", "deposits", "customers"):
        check(caller.http.post(f"/api/v1/{route}", content=b"{}", headers=headers), 415, "media_type")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_or_another_port_may_not_ask_for_a_change(caller: Caller, site: str) -> None:
    answer = caller.post("/api/v1/deposits", ORDER, headers={"Sec-Fetch-Site": site})
    check(answer, 403, "cross_site")
    form = {"username": "teller", "password": PASSWORD}
    check(caller.http.post("/api/v1/auth/token", data=form, headers={"Sec-Fetch-Site": site}), 403, "cross_site")
    assert caller.balance() == OPENING


def test_the_banks_own_docs_page_may(caller: Caller) -> None:
    answer = caller.post("/api/v1/customers", {"name": "Mira Holm"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 201


def speak(caller: Caller, *pieces: dict[str, Any]) -> list[Any]:
    """Sends these pieces of an order's body, then nothing more; what the bank says to it."""
    sent: list[Any] = []
    left = iter(pieces)

    async def receive() -> Any:
        for piece in left:
            return piece
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"100"), (b"idempotency-key", b"k")]
    headers += [(name.lower().encode(), value.encode()) for name, value in caller.bearer().items()]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/transfers", "query_string": b"", "headers": headers}
    scope |= {"raw_path": b"/api/v1/transfers", "root_path": "", "scheme": "http", "http_version": "1.1"}
    scope |= {"server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2)}
    asyncio.run(app_of(caller.bank)(scope, receive, send))  # type: ignore[arg-type]
    return sent


def test_a_client_that_drips_is_cut(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "BODY_TIMEOUT_S", 0)
    sent = speak(caller, {"type": "http.request", "body": b"{", "more_body": True})
    assert sent[0]["status"] == 408


def test_a_client_that_hangs_up_gets_nothing_and_harms_nothing(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    sent = speak(caller, {"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"})
    assert sent == []
    assert "failed" not in caplog.text
    assert caller.balance() == OPENING


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api", 404),
        ("PUT", "/api/v1/accounts", 405),
        ("DELETE", "/api/v1/transfers", 405),
        ("GET", "/api/v1/transfers/", 307),
        ("GET", "/docs/static/../docs.py", 404),
        ("GET", "/docs/static/none.js", 404),
        ("TRACE", "/livez", 405),
    ],
)
def test_the_frameworks_own_refusals_are_problems_too(caller: Caller, method: str, path: str, status: int) -> None:
    answer = caller.http.request(method, path, headers=caller.bearer())
    if status == 307:
        assert answer.status_code in (307, 404)
        return
    check(answer, status, {404: "not_found", 405: "method_not_allowed"}[status])
    assert status != 405 or answer.headers["allow"]


@pytest.mark.parametrize("route", ["transfers", "deposits"])
def test_what_nobody_foresaw_is_a_500_without_a_word_from_inside(
    caller: Caller, route: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def explode(*_: object) -> None:
        raise RuntimeError("the password of the vault is 1234")

    monkeypatch.setattr(type(caller.bank), "submit", explode)
    body = {"from_account": ALICE, "to_bank": "ALFA", "to_account": ALICE, "amount_minor": 1, "currency": "EUR"}
    with caplog.at_level(logging.ERROR):
        answer = caller.post(f"/api/v1/{route}", body if route == "transfers" else ORDER)
    check(answer, 500, "internal")
    assert "vault" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.json()["definite"] is False
    [record] = [record for record in caplog.records if record.message == "a request failed"]
    assert vars(record)["trace"] == answer.json()["trace_id"]
    assert "vault" in caplog.text


def test_a_database_that_does_not_answer_is_503_and_surely_nothing_was_booked(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_: object) -> None:
        raise StoreUnavailable("database is locked")

    monkeypatch.setattr(type(caller.bank), "submit", locked)
    answer = caller.post("/api/v1/deposits", ORDER)
    check(answer, 503, "unavailable")
    assert answer.json()["definite"] is True
    assert answer.headers["retry-after"] == "1"
    assert "locked" not in answer.text


def test_every_answer_has_the_headers_that_keep_a_browser_careful(caller: Caller) -> None:
    paths = ["/livez", "/readyz", "/version", "/metrics", "/docs", "/openapi.json", "/api/v1/accounts", "/api/nothing"]
    for path in [*paths, "/docs/static/docs.js"]:
        headers = caller.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cache-control"] == ("public, max-age=3600" if "static" in path else "no-store")
        assert "access-control-allow-origin" not in headers
        assert "set-cookie" not in headers
        for name in ("content-security-policy", "cache-control", "x-content-type-options"):
            assert headers.get_list(name) == [headers[name]]


def test_a_trace_is_carried_on_and_one_begins_where_there_is_none(caller: Caller) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    given = caller.get("/api/v1/nothing", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert given.json()["trace_id"] == trace
    assert given.headers["traceparent"].startswith(f"00-{trace}-")
    assert "00f067aa0ba902b7" not in given.headers["traceparent"]
    for broken in ("nonsense", f"ff-{trace}-00f067aa0ba902b7-01", f"00-{'0' * 32}-00f067aa0ba902b7-01"):
        made = caller.get("/api/v1/nothing", headers={"traceparent": broken}).json()["trace_id"]
        assert len(made) == 32
        assert made != trace


def test_what_went_wrong_is_in_the_log_by_route_and_without_account_numbers(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "bank_node.api.guards"):
        caller.get(f"/api/v1/accounts/{ALICE[:-1]}0")
        caller.get(f"/api/v1/accounts/{ALICE}")
    [line] = [vars(record) for record in caplog.records if record.message == "http"]
    assert (line["route"], line["status"], line["method"]) == ("/api/v1/accounts/{number}", 422, "GET")
    assert ALICE[:-1] not in caplog.text
