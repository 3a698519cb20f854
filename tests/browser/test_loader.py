"""Where htmx comes from: the CDN if it answers in time, else this bank; a firewall never freezes a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from teller_ui.assets import FOLDER
from teller_ui.headers import CDN
from tests.browser.conftest import holding, when_ready
from tests.support.two_counters import Counters, open_counters

VERSION = "htmx.version"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    """Banks as they are outside of tests: `assets` is auto."""
    with open_counters(tmp_path_factory.mktemp("online"), assets="auto") as counters:
        yield counters


def _serve(route: Route) -> None:
    body = (FOLDER / "vendor" / route.request.url.rpartition("/")[2]).read_bytes()
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}
    route.fulfill(body=body, headers=headers)


def _works(page: Page) -> None:
    when_ready(page)
    assert page.evaluate(VERSION) == "4.0.1"
    page.fill("#q", "albrecht")
    expect(page.locator("#found a")).to_have_count(1)


def _asked(page: Page) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def test_online_both_files_come_from_the_cdn_one_after_the_other(visit: Callable[..., Page]) -> None:
    page = visit("")
    page.route(f"{CDN}**", _serve)
    asked = _asked(page)
    _sign_in(page)
    _works(page)
    scripts = [url for url in asked if "htmx.min" in url or "hx-sse" in url]
    assert scripts[-2:] == [f"{CDN}htmx.min.js", f"{CDN}ext/hx-sse.min.js"]


def test_a_refused_cdn_is_replaced_at_once_and_not_asked_again(
    visit: Callable[..., Page], complaints: list[str]
) -> None:
    page = visit("")
    page.route(f"{CDN}**", lambda route: route.abort())
    _sign_in(page)
    asked = _asked(page)
    page.goto("/customers")
    _works(page)
    assert not [url for url in asked if url.startswith(CDN)]
    complaints.clear()  # the browser says that the CDN was refused


def test_a_cdn_that_swallows_packets_costs_a_second_and_a_half_once(visit: Callable[..., Page]) -> None:
    page = visit("")
    held: list[Route] = []
    page.route(f"{CDN}**", holding(held))
    page.goto("/sign-in", wait_until="domcontentloaded")
    expect(page.locator("#username")).to_be_focused()  # the page itself does not wait
    when_ready(page)
    page.evaluate("window.first = htmx")
    _serve(held[0])  # the answer comes after all, and is not run a second time
    page.wait_for_timeout(200)
    assert page.evaluate("window.first === htmx")
    assert len(held) == 1


def test_an_altered_file_on_the_cdn_is_not_run(visit: Callable[..., Page], complaints: list[str]) -> None:
    page = visit("")
    altered = {"body": "window.stolen = 1", "headers": {"Access-Control-Allow-Origin": "*"}}
    page.route(f"{CDN}**", lambda route: route.fulfill(content_type="text/javascript", **altered))
    _sign_in(page)
    _works(page)
    assert page.evaluate("window.stolen") is None
    complaints.clear()  # the browser names the wrong hash


def _sign_in(page: Page) -> None:
    from tests.support.two_counters import PASSWORD

    page.goto("/sign-in")
    page.fill("#username", "okafor")
    page.fill("#password", PASSWORD)
    page.click("button")
    page.wait_for_url("**/customers")
