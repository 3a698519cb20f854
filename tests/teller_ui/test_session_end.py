"""The end of a session: a word before it, one request to stay, and nothing that was typed is lost (T28, without a
browser; what a browser makes of it is in `tests/journeys/browser`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bank_node.clock import SystemClock
from tests.support.two_counters import INES, OLU, Counters, open_counters, wait_until
from tests.teller_ui.conftest import Browser

MINUTE_MS = 60_000


@pytest.fixture
def clock(town: Counters) -> Iterator[Callable[[int], None]]:
    """`clock(ms)` lets time pass at ALFA."""
    clock = town.alfa.bank.clock
    assert isinstance(clock, SystemClock)

    def let_pass(ms: int) -> None:
        clock.offset_ms += ms
        town.alfa.bank.bell.ring({"link"})

    yield let_pass
    clock.offset_ms = 0


def events_of(browser: Browser, act: Callable[[str], bool]) -> str:
    seen = ""
    with browser.stream("GET", "/stream") as answer:
        for text in answer.iter_text():
            seen += text
            if act(seen):
                return seen
    return seen


def test_a_minute_before_the_end_the_page_is_told_and_staying_takes_it_back(
    teller: Browser, town: Counters, clock: Callable[[int], None]
) -> None:
    steps = iter(("wait", "stay"))
    step = next(steps)

    def act(seen: str) -> bool:
        nonlocal step
        if step == "wait" and "#net" in seen:
            step = next(steps)
            clock(14 * MINUTE_MS + 1_000)
        elif step == "stay" and "event: session-ends" in seen:
            step = ""
            assert "you are signed out at" in seen
            with Browser(town.alfa) as other:
                other.cookies.update(dict(teller.cookies))
                assert other.post("/sessions/extend").status_code == 204
            town.alfa.bank.submit_and_wait(lambda *_: None)  # behind the touch that nobody waits for
            town.alfa.bank.bell.ring({"link"})
        return "event: session-goes-on" in seen

    assert "event: session-goes-on" in events_of(teller, act)


def test_an_open_page_alone_keeps_no_session_alive(teller: Browser, clock: Callable[[int], None]) -> None:
    passed = False

    def act(seen: str) -> bool:
        nonlocal passed
        if not passed and "#net" in seen:
            passed = True
            clock(15 * MINUTE_MS)
        return "event: signed-out" in seen

    assert "event: signed-out" in events_of(teller, act)
    assert teller.get("/customers").headers["location"].startswith("/sign-in?notice=ended")


def test_a_form_that_comes_too_late_waits_behind_the_door(
    teller: Browser, town: Counters, clock: Callable[[int], None]
) -> None:
    key = teller.get("/cash/in").headers["location"].rpartition("form=")[2]
    clock(16 * MINUTE_MS)
    data = {"key": key, "account": INES, "amount": "41.07", "reference": "<b>Takings</b>", "supervisor_password": "x y"}
    door = teller.post("/cash/in", data=data)
    assert (door.status_code, "what you typed is there again" in door.text) == (401, True)
    assert "x+y" not in door.text
    kept = {name: value.replace("&amp;", "&") for name, value in _hidden(door.text)}
    wrong = teller.post("/sign-in", data={**kept, "username": "okafor", "password": "guess"})
    assert dict(_hidden(wrong.text)) == dict(_hidden(door.text))
    again = teller.post("/sign-in", data={**kept, "username": "okafor", "password": "a lantern in the harbour"})
    assert again.status_code == 200
    assert 'action="/cash/in"' in again.text
    assert 'value="&lt;b&gt;Takings&lt;/b&gt;"' in again.text
    fields = dict(_hidden(again.text))
    assert (fields["key"], fields["account"], fields["amount"]) == (key, INES, "41.07")
    assert teller.get("/customers").status_code == 200


def _hidden(page: str) -> list[tuple[str, str]]:
    form = page.split('<form class="sheet rosette"')[1]
    return re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)


@pytest.mark.parametrize("path", ["//example.org/x", "https://example.org", "\\\\example.org", "/a\\b", ""])
def test_what_waits_is_sent_nowhere_but_to_this_bank(visitor: Browser, path: str) -> None:
    data = {"username": "okafor", "password": "a lantern in the harbour", "kept_path": path, "kept": "a=1"}
    answer = visitor.post("/sign-in", data=data)
    assert answer.headers["location"] == "/customers"


def test_htmx_keeps_the_form_on_the_page_and_says_so_above_it(visitor: Browser) -> None:
    answer = visitor.post("/payment/review", data={"to_account": OLU}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-retarget"]) == (401, "#signed-out")
    assert 'id="signed-out"' in answer.text
    assert " hidden" not in answer.text.split(">")[0]


def test_a_session_of_eight_hours_ends_for_good_and_says_so(tmp_path: Path) -> None:
    with open_counters(tmp_path, session_hours_max=1, session_idle_minutes=600) as town, Browser(town.alfa) as browser:
        browser.sign_in()
        clock, passed = town.alfa.bank.clock, False
        assert isinstance(clock, SystemClock)

        def act(seen: str) -> bool:
            nonlocal passed
            if not passed and "#net" in seen:
                passed = True
                clock.offset_ms += 59 * MINUTE_MS + 5_000
                town.alfa.bank.bell.ring({"link"})
            return "event: session-ends" in seen

        assert "Finish, then sign in again." in events_of(browser, act)
        wait_until(lambda: town.alfa.bank.link.up)
