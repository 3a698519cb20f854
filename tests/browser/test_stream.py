"""The stream of a page: lost and found again, and what it says when the session has ended."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import when_ready
from tests.support.two_counters import PASSWORD, Counters


def test_a_page_whose_session_ended_says_so_and_keeps_what_was_typed(
    town: Counters, visit: Callable[..., Page]
) -> None:
    page = visit()
    page.goto("/cash/in")
    when_ready(page)
    page.fill("#reference", "half typed")
    other = page.context.new_page()
    other.goto("/customers")
    other.click("[aria-label='Sign out']")
    other.wait_for_url("**/sign-in*")
    town.alfa.bank.bell.ring({"link"})
    expect(page.locator("#signed-out")).to_be_visible()
    expect(page.locator("#reference")).to_have_value("half typed")


def test_a_form_sent_after_the_session_ended_is_not_lost(visit: Callable[..., Page]) -> None:
    page = visit()
    page.goto("/cash/in")
    when_ready(page)
    page.fill("#amount", "1")
    page.context.clear_cookies()
    page.click("text=Take in")
    expect(page.locator("#signed-out")).to_contain_text("Nothing was done, and what you typed is still here.")
    expect(page.locator("#amount")).to_have_value(re.compile("1"))


def test_t27_a_lost_stream_is_said_quietly_and_found_again(visit: Callable[..., Page], complaints: list[str]) -> None:
    page = visit()
    page.route("**/stream*", lambda route: route.abort())
    page.goto("/payments/sent")
    when_ready(page)
    expect(page.locator("body")).to_have_class("counter stale")
    said = page.locator("#net").evaluate("it => [getComputedStyle(it, '::after').content, getComputedStyle(it).color]")
    assert said[0] == '"· reconnecting"'
    page.unroute("**/stream*")
    page.reload()
    expect(page.locator("#line, #sent")).to_have_count(1)
    expect(page.locator("body")).to_have_class("counter")
    assert page.locator("#net").evaluate("it => getComputedStyle(it).color") != said[1]  # it was grey
    complaints.clear()  # the browser's own words on the aborted stream


def test_one_page_has_one_stream(visit: Callable[..., Page]) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/payments/sent")
    when_ready(page)
    expect(page.locator("#net")).to_be_visible()
    page.wait_for_timeout(300)
    assert len([url for url in asked if "/stream" in url]) == 1
    assert PASSWORD not in "".join(asked)
