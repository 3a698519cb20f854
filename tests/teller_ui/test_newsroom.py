"""Many open pages, one reading: what they show is read once, told to each, and to nobody who may not see it (T31)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from teller_ui import newsroom
from teller_ui.routes import received
from tests.support.two_counters import INES, TOMAS, Counters, wait_until
from tests.teller_ui.conftest import Browser

PAGES = 12


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each reading for the open pages."""
    taken: list[int] = []
    take = newsroom.take_bearings

    def counted(*arguments: object, **more: object) -> object:
        taken.append(1)
        return take(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(newsroom, "take_bearings", counted)
    return taken


def _opened(stack: ExitStack, browser: Browser, at: str) -> Iterator[str]:
    answer = stack.enter_context(browser.stream("GET", f"/stream?at={at}"))
    assert answer.status_code == 200
    return answer.iter_text()


def _until(chunks: Iterator[str], words: str) -> str:
    seen = ""
    for text in chunks:
        seen += text
        if words in seen:
            return seen
    raise AssertionError(f"the stream ended without {words}")


def _pay(browser: Browser, key: str) -> httpx.Response:
    form = {"key": key, "from_account": INES, "to_account": TOMAS, "amount": "1.00", "to_name": "Tomas Riva"}
    return browser.post("/payment", data=form)


def test_what_many_pages_show_is_read_once_for_all_of_them(
    town: Counters, signed_in: Callable[..., Browser], rounds: list[int]
) -> None:
    with ExitStack() as stack:
        streams = []
        for number in range(PAGES):  # a client of its own for each: they read one after the other
            streams.append(_opened(stack, signed_in("okafor" if number % 2 else "vogt"), "sent"))
        for chunks in streams:
            _until(chunks, "#sent")
        before = len(rounds)
        town.broker.go_away()
        wait_until(lambda: not town.alfa.bank.link.up)
        for chunks in streams:
            assert "Network down" in _until(chunks, "Network down")
        assert len(rounds) - before < PAGES / 2
        town.broker.come_back()
    wait_until(lambda: town.alfa.bank.link.up)


def test_a_page_is_told_of_a_payment_though_others_show_the_same_list(signed_in: Callable[..., Browser]) -> None:
    teller, supervisor = signed_in("okafor"), signed_in("vogt")
    with ExitStack() as stack:
        streams = [_opened(stack, browser, "sent") for browser in (teller, supervisor)]
        for chunks in streams:
            _until(chunks, "#sent")
        answer = _pay(signed_in("okafor"), "newsroom-0123456789")
        id_ = answer.headers["location"].rpartition("/")[2]
        for chunks in streams:
            _until(chunks, id_)


def test_a_page_that_cannot_be_read_again_keeps_no_news_from_the_others(
    signed_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a mistake in one page")

    monkeypatch.setattr(received, "view_of", broken)
    with ExitStack() as stack:
        alone = _opened(stack, signed_in("okafor"), "received")
        other = _opened(stack, signed_in("okafor"), "sent")
        assert "#received" not in _until(alone, "#drawer")
        _until(other, "#sent")
        answer = _pay(signed_in("okafor"), "newsroom-5555555555")
        _until(other, answer.headers["location"].rpartition("/")[2])
    assert "an open page could not be read again: received" in caplog.text


def test_a_customer_is_not_told_what_the_tellers_pages_show(signed_in: Callable[..., Browser]) -> None:
    with ExitStack() as stack:
        at_desk = _opened(stack, signed_in("okafor"), "sent")
        _until(at_desk, "#sent")
        at_home = _opened(stack, signed_in("olu"), "sent")
        seen = _until(at_home, "#drawer")
        assert "#sent" not in seen
        assert "#net" in seen


def test_a_session_that_ends_closes_its_own_pages_and_no_others(
    town: Counters, signed_in: Callable[..., Browser]
) -> None:
    leaving, staying = signed_in("okafor"), signed_in("okafor")
    with ExitStack() as stack:
        gone, kept = (_opened(stack, browser, "sent") for browser in (leaving, staying))
        for chunks in (gone, kept):
            _until(chunks, "#sent")
        with Browser(town.alfa) as other:
            other.cookies.update(dict(leaving.cookies))
            assert other.post("/sign-out").status_code == 303
        town.alfa.bank.bell.ring({"link"})
        assert "event: signed-out" in _until(gone, "event: signed-out")
        answer = _pay(signed_in("vogt"), "newsroom-9876543210")
        assert "signed-out" not in _until(kept, answer.headers["location"].rpartition("/")[2])
