"""What came of a request, as the driver writes it down: ok and no are definite, everything else nobody knows."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from federation.grading.calls import FAIL, INFO, OK, READ_ACCOUNT, READ_STATEMENT
from federation.grading.driver import counter, line
from federation.grading.history import history_of
from federation.grading.history_file import read_events
from federation.grading.plan import AUDITOR, NOBODY, STRANGER
from tests.support.fake_bank import Asked, Driven, driven


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Driven]:
    with driven(tmp_path) as town:
        yield town


def orders_get(town: Driven, status: int, body: Any) -> None:
    town.alfa.odd = lambda asked: (status, body) if asked.path.endswith("/transfers") else None


def orders_meet(town: Driven, rudeness: bytes | None) -> None:
    """These bytes, and the line is cut; None: nothing, and it stays open as long as the driver likes."""

    def rude(asked: Asked, conversation: socket.socket) -> bool:
        if not asked.path.endswith("/transfers"):
            return False
        if rudeness is None:
            conversation.settimeout(20)
            with suppress(ConnectionError):
                conversation.recv(1)  # until the other side has had enough
        else:
            conversation.sendall(rudeness)
        return True

    town.alfa.rude = rude


def test_a_yes_is_ok_and_a_no_is_a_no(town: Driven) -> None:
    ok, no = town.played(town.order(0), town.order(1, amount_minor=10**9))
    assert (ok.outcome, ok.http_status, ok.answer) == (OK, 202, {"transaction_id": "t1", "status": "pending"})
    assert (no.outcome, no.http_status, no.answer) == (FAIL, 409, {})
    assert ok.latency_us
    assert ok.latency_us > 0


@pytest.mark.parametrize("status", [500, 502, 503, 302])
def test_a_server_error_tells_nothing(town: Driven, status: int) -> None:
    orders_get(town, status, {"title": "not now"})
    (call,) = town.played(town.order())
    assert (call.outcome, call.http_status) == (INFO, status)


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429])
def test_every_4xx_is_a_definite_no(town: Driven, status: int) -> None:
    orders_get(town, status, b"")
    (call,) = town.played(town.order())
    assert (call.outcome, call.http_status) == (FAIL, status)


@pytest.mark.parametrize(
    ("rudeness", "why"),
    [
        (b"", "closed without an answer"),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 50\r\n\r\n{", "closed without an answer"),
        (b"HTTP/1.1 202 Acc", "closed without an answer"),
        (b"HELO here is your bank\r\n", "is no HTTP"),
        (b"HTTP/1.1 202 OK\r\nContent-Length: what\r\n\r\n", "is no HTTP"),
    ],
)
def test_who_gets_no_answer_knows_nothing(town: Driven, rudeness: bytes, why: str) -> None:
    orders_meet(town, rudeness)
    (call,) = town.played(town.order())
    assert (call.outcome, call.http_status, call.latency_us) == (INFO, None, None)
    assert why in call.answer["why"]


def test_who_waits_long_enough_knows_nothing_either(tmp_path: Path) -> None:
    with driven(tmp_path, timeout_s=0.1) as town:
        orders_meet(town, None)
        (call,) = town.played(town.order())
        assert (call.outcome, call.http_status, call.answer["why"]) == (INFO, None, "no answer within 0.1 s")


def test_an_answer_may_end_with_its_connection(town: Driven) -> None:
    orders_meet(town, b'HTTP/1.0 202 OK\r\n\r\n{"transaction_id": "t9", "status": "pending"}')
    (call,) = town.played(town.order())
    assert (call.outcome, call.transaction_id) == (OK, "t9")


def test_an_answer_may_come_in_bits_after_a_word_of_patience(town: Driven) -> None:
    head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    bits = (b'{"transa', b'ction_id": "t9", "status": ', b'"pending"}', b"")
    orders_meet(town, head + b"".join(b"%x\r\n%b\r\n" % (len(bit), bit) for bit in bits))
    (call,) = town.played(town.order())
    assert (call.outcome, call.transaction_id) == (OK, "t9")


@pytest.mark.parametrize("head", [b"HTTP/1.1 202 OK\r\nX-Long: ", b"HTTP/1.1 202 OK\r\n\r\n"])
def test_an_answer_without_end_is_none(town: Driven, head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "ANSWER_BYTES_MAX", 1000)
    orders_meet(town, head + b"x" * 5000)
    (call,) = town.played(town.order())
    assert (call.outcome, call.http_status) == (INFO, None)
    assert "an answer of more than" in call.answer["why"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"yes of course", "your transfer answer has no id"),
        ([], "your transfer answer has no id"),
        ({"transaction_id": "t1", "status": "maybe"}, "'maybe' is no status of a transfer"),
        ({"transaction_id": "t" * 65, "status": "pending"}, "a transfer has an id of 65 characters"),
        (b"[" * 100_000, "your transfer answer has no id"),
        (b"\xff\xfe\x00", "your transfer answer has no id"),
    ],
)
def test_what_does_not_fit_is_a_sentence_and_tells_nothing(town: Driven, body: Any, why: str) -> None:
    orders_get(town, 202, body)
    calls = town.played(town.order(0), town.order(1))
    assert [(call.outcome, call.http_status) for call in calls] == [(INFO, 202)] * 2
    (sentence,) = town.drive.complaints
    assert sentence.startswith(f"ALFA: {why}")


def test_half_a_character_is_written_down_and_read_again(town: Driven) -> None:
    orders_get(town, 202, b'{"transaction_id": "t\\ud800", "status": "pending"}')
    (call,) = town.played(town.order())
    assert call.transaction_id == "t\ud800"
    assert list(history_of(read_events(town.file)).calls) == [call]


def test_a_bank_that_is_down_gets_no_orders_and_its_tellers_come_again(town: Driven) -> None:
    town.alfa.close()
    calls = town.played(town.order(0), town.look(READ_ACCOUNT, 1))
    assert [(call.outcome, call.http_status) for call in calls] == [(INFO, None)] * 2
    assert "nobody listens there" in calls[0].answer["why"]
    town.alfa.open()
    (call,) = town.played(town.order())
    assert call.outcome == OK


def test_a_token_that_is_refused_is_asked_for_anew_once(town: Driven) -> None:
    town.played(town.order())
    town.alfa.tokens = 2  # as after a restart
    before = town.alfa.times("POST", "/api/v1/auth")
    calls = town.played(*(town.order() for _ in range(20)))
    assert {call.outcome for call in calls} == {OK}
    assert town.alfa.times("POST", "/api/v1/auth") == before + 1


def test_who_is_refused_with_every_token_got_a_no(town: Driven) -> None:
    orders_get(town, 401, {})
    (call,) = town.played(town.order())
    assert (call.outcome, call.http_status) == (FAIL, 401)


def test_who_was_refused_and_cannot_sign_in_again_got_a_no(town: Driven) -> None:
    town.played(town.order())
    town.alfa.tokens = 2
    town.alfa.odd = lambda asked: (503, {}) if asked.path.endswith("/auth/token") else None
    (call,) = town.played(town.order())
    assert (call.outcome, call.http_status) == (FAIL, 401)


def test_who_cannot_sign_in_has_asked_for_nothing(town: Driven) -> None:
    town.alfa.odd = lambda asked: (500, {}) if asked.path.endswith("/auth/token") else None
    (call,) = town.played(town.order())
    assert (call.outcome, call.http_status) == (INFO, None)
    assert not town.alfa.made
    assert not town.drive.complaints


@pytest.mark.parametrize("token", ["a\r\nb", "", 7, "ä"])
def test_a_token_that_no_header_can_carry_is_complained_of(town: Driven, token: Any) -> None:
    town.alfa.odd = lambda asked: (200, {"access_token": token}) if asked.path.endswith("/auth/token") else None
    (call,) = town.played(town.order())
    assert call.outcome == INFO
    assert town.drive.complaints


def test_tellers_are_two_people_whose_token_is_asked_for_once(town: Driven) -> None:
    town.played(*(town.order(client=f"teller{n:02d}") for n in (1, 2, 3, 4, 11, 12)))
    orders = [one for one in town.alfa.asked if one.path.endswith("/transfers")]
    assert sorted(one.token for one in orders) == ["teller1-ALFA-1"] * 3 + ["teller2-ALFA-1"] * 3
    assert town.alfa.times("POST", "/api/v1/auth") == 2


def test_some_come_without_a_token_with_a_foreign_one_or_in_the_wrong_role(town: Driven) -> None:
    steps = [town.order(event, client=client) for event, client in enumerate((NOBODY, STRANGER, AUDITOR))]
    calls = town.played(*steps)
    assert [call.http_status for call in calls] == [401, 401, 202]  # this bank lets auditors send money
    tokens = [one.token for one in town.alfa.asked if one.path.endswith("/transfers")]
    assert tokens == ["", "teller1-BRVO-1", "auditor-ALFA-1"]


def test_a_statement_is_read_to_its_last_page_the_oldest_line_first(town: Driven) -> None:
    town.alfa.page = 3
    calls = town.played(*(town.order() for _ in range(7)), town.look(READ_STATEMENT, 1, client="teller01"))
    lines = calls[-1].lines
    assert len(lines) == 7
    assert [line.transaction_id for line in lines] == [f"t{n}" for n in range(1, 8)]


def test_a_statement_that_breaks_off_tells_nothing(town: Driven) -> None:
    town.alfa.page = 3
    town.alfa.rude = lambda asked, _line: "from=3" in asked.path
    *_, look = town.played(*(town.order() for _ in range(5)), town.look(READ_STATEMENT, 1, client="teller01"))
    assert (look.outcome, look.http_status, look.lines) == (INFO, None, ())


def test_a_statement_without_a_last_page_is_complained_of(town: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter, "PAGES_MAX", 5)
    here = "/api/v1/accounts/x/transactions"
    town.alfa.odd = lambda asked: (200, {"items": [], "next": here}) if "/transactions" in asked.path else None
    (call,) = town.played(town.look(READ_STATEMENT))
    assert call.outcome == INFO
    assert "has no last page" in town.drive.complaints[0]


def test_what_was_asked_is_on_file_before_it_is_asked(town: Driven) -> None:
    seen: list[bool] = []

    def odd(asked: Asked) -> None:
        if asked.key:
            lines = town.file.read_text(encoding="utf-8").splitlines()
            seen.append(asked.key in [json.loads(line)["key"] for line in lines])

    town.alfa.odd = odd
    town.played(town.order(), town.order(5))
    assert seen == [True, True]


def test_a_connection_is_used_again_while_it_is_fresh_and_never_after(
    town: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "FRESH_S", 60.0)
    town.played(town.order())
    before = len(town.alfa.conversations)
    for _ in range(3):
        town.played(town.order())
    assert len(town.alfa.conversations) == before
    monkeypatch.setattr(line, "FRESH_S", 0.0)
    for _ in range(3):
        town.played(town.order())
    assert len(town.alfa.conversations) == before + 3
