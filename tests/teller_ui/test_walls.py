"""What stands around every page: headers, origin, roles, the limits of the event stream."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from teller_ui.routes import PAGES
from tests.support.two_counters import INES, Counters, open_counters, wait_until
from tests.teller_ui.conftest import Browser

HEADERS = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
SAMPLE = {
    "note:int": "1",
    "what": "label",
    "id:int": "1",
    "id": "1",
    "name:path": "sheet.css",
    "bank": "BRVO",
    "number": INES,
    "code": "31",
}
SAMPLE |= {"kind": "quarantine", "session": "0" * 16, "username": "nobody"}
SAMPLE |= {"topic": "dedupe", "scope": "payment", "key": "k" * 20}


def _sample(path: str) -> str:
    for name, value in SAMPLE.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def _sealed(answer: httpx.Response) -> None:
    policy = answer.headers["content-security-policy"]
    for rule in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
    if not answer.request.url.path.startswith(("/static/", "/bank.css", "/rosette.svg", "/favicon")):
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("page", [p for p in PAGES if p.path != "/stream"], ids=lambda p: f"{p.method} {p.path}")
def test_every_answer_is_sealed_also_to_strangers(visitor: Browser, teller: Browser, page: object) -> None:
    method, path = page.method, _sample(page.path)  # type: ignore[attr-defined]
    for browser in (visitor, teller):
        if path != "/sign-out":
            _sealed(browser.request(method, path))
    _sealed(visitor.request(method, path, headers={"Sec-Fetch-Site": "cross-site"}))


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/livez", "/readyz"])
def test_errors_and_the_api_are_sealed_too(visitor: Browser, path: str) -> None:
    _sealed(visitor.get(path))


def test_a_form_on_another_banks_page_can_do_nothing_here(town: Counters, teller: Browser) -> None:
    for headers in ({"Sec-Fetch-Site": "same-site", "Origin": town.brvo.url}, {"Sec-Fetch-Site": "cross-site"}):
        answer = teller.post("/cash/in", data={"account": INES, "amount": "1"}, headers=headers)
        assert answer.status_code == 403
        assert "Nothing was done." in answer.text


def test_without_the_fetch_header_the_origin_must_be_this_host_and_port(town: Counters) -> None:
    with httpx.Client(base_url=town.alfa.url) as old:
        data = {"username": "x", "password": "y"}
        assert old.post("/sign-in", data=data, headers={"Origin": town.alfa.url}).status_code == 401
        assert old.post("/sign-in", data=data, headers={"Origin": town.brvo.url}).status_code == 403
        assert old.post("/sign-in", data=data).status_code == 403


@pytest.mark.parametrize("page", [p for p in PAGES if p.action], ids=lambda p: f"{p.method} {p.path}")
@pytest.mark.parametrize("username", ["okafor", "vogt", "lindt", "root", "olu"])
def test_a_role_gets_what_the_table_gives_it(signed_in: Callable[..., Browser], page: object, username: str) -> None:
    from bank_node.people.roles import TABLE

    roles = {"okafor": "teller", "vogt": "supervisor", "lindt": "auditor", "root": "admin", "olu": "customer"}
    role = roles[username]
    path = _sample(page.path)  # type: ignore[attr-defined]
    if path == "/stream":
        return
    answer = signed_in(username).request(page.method, path)  # type: ignore[attr-defined]
    allowed = role in TABLE[page.action]  # type: ignore[attr-defined]
    if role == "customer" and not allowed:
        assert (answer.status_code, "There is no page at this address." in answer.text) == (404, True)
    else:
        assert (answer.status_code != 403) == allowed
    assert answer.status_code < 500


def test_nobody_sees_a_page_without_signing_in(visitor: Browser) -> None:
    for page in PAGES:
        if page.action and page.path != "/stream":
            answer = visitor.request(page.method, _sample(page.path))
            if page.method == "POST":  # what was typed waits in the sign-in form
                assert answer.status_code == 401, page.path
                assert "Your session has ended. Nothing was done" in answer.text
            else:
                assert answer.headers["location"].startswith("/sign-in"), page.path


def test_screens_a_role_may_not_use_are_not_offered(signed_in: Callable[..., Browser]) -> None:
    assert "Cash out" in signed_in("okafor").get("/screens").text
    assert "Cash out" not in signed_in("lindt").get("/screens").text


def test_a_form_that_is_too_long_is_refused_in_words(teller: Browser) -> None:
    answer = teller.post("/cash/in", data={"account": "x" * 70_000})
    assert answer.status_code == 413
    assert "64 KiB" in answer.text
    assert "text/html" in answer.headers["content-type"]


@pytest.mark.parametrize("body", [b"\xff\xfe=\x00&&&=;%zz", b"[]", b"a=1&" * 1000, b""])
def test_strange_bytes_instead_of_a_form_are_a_form_with_errors(teller: Browser, body: bytes) -> None:
    answer = teller.post("/payment", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code in (400, 422)
    assert "Traceback" not in answer.text


def _events(browser: Browser, path: str, stop: Callable[[str], bool]) -> str:
    seen = ""
    with browser.stream("GET", path) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for text in answer.iter_text():
            seen += text
            if stop(seen):
                break
    return seen


def test_one_stream_carries_every_fragment_of_a_page(teller: Browser) -> None:
    data = {"key": "s" * 20, "from_account": INES, "to_account": INES.replace("ALFA", "BRVO"), "amount": "1"}
    assert teller.post("/payment", data=data).status_code == 422  # wrong check digits: nothing booked
    seen = _events(teller, "/stream?at=sent", lambda text: "\n\n" in text)
    for target in ("#net", "#banner", "#badge-41", "#sent"):
        assert f'hx-target="{target}"' in seen


def test_the_stream_of_a_stranger_is_closed(visitor: Browser) -> None:
    assert visitor.get("/stream").status_code == 401


def test_an_open_stream_ends_when_its_session_does(town: Counters, teller: Browser) -> None:
    def sign_out_once(text: str) -> bool:
        if "event: signed-out" not in text and "#net" in text and not teller.headers.get("X-Out"):
            teller.headers["X-Out"] = "1"
            with httpx.Client(base_url=town.alfa.url, cookies=dict(teller.cookies)) as other:
                other.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
            town.alfa.bank.bell.ring({"link"})
        return "event: signed-out" in text

    assert "event: signed-out" in _events(teller, "/stream", sign_out_once)


def test_more_streams_than_the_bank_takes_get_a_clear_answer(tmp_path: Path) -> None:
    with open_counters(tmp_path, event_streams_max=1) as town, Browser(town.alfa) as browser:
        browser.sign_in()
        with browser.stream("GET", "/stream") as first:
            chunks = first.iter_text()  # kept: a forgotten iterator closes its stream
            assert "#net" in next(chunks)
            refused = browser.get("/stream")
            assert refused.status_code == 503
            assert "takes no more" in refused.text
        wait_until(lambda: _is_taken(browser))


def test_one_person_has_so_many_streams_and_others_have_theirs(tmp_path: Path) -> None:
    with ExitStack() as open_:
        town = open_.enter_context(open_counters(tmp_path, page_streams_per_person_max=1))
        one, other = (open_.enter_context(Browser(town.alfa)) for _ in range(2))
        one.sign_in()
        other.sign_in("vogt")
        with one.stream("GET", "/stream") as first:
            chunks = first.iter_text()
            assert "#net" in next(chunks)
            refused = one.get("/stream")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")
            assert "You have 1 event streams open" in refused.text
            with other.stream("GET", "/stream") as another:
                assert another.status_code == 200


def _is_taken(browser: Browser) -> bool:
    with browser.stream("GET", "/stream") as answer:
        return answer.status_code == 200
