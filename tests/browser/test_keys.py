"""Keyboard first: search, palette, two-digit codes, and keys that can be switched off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import when_ready
from tests.support.two_counters import INES, Counters


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    page = visit()
    when_ready(page)
    return page


def test_slash_searches_while_typing_and_enter_opens(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("dan")
    expect(page.locator("#found a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Olu Danjuma")


def test_escape_closes_what_was_found(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("ines")
    expect(page.locator("#found a")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#found a")).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "heading"), [("31", "Payment"), ("received", "Payments received"), ("21", "Cash in")]
)
def test_the_palette_goes_by_code_or_name(page: Page, typed: str, heading: str) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(heading)


def test_the_focus_returns_after_the_palette(page: Page) -> None:
    page.goto("/cash/in")
    page.focus("#amount")
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.locator("#amount")).to_be_focused()


def test_control_enter_posts(page: Page) -> None:
    page.goto("/cash/in")
    when_ready(page)
    page.fill("#account", INES)
    page.fill("#amount", "1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/entries/*")


def test_single_letter_keys_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    page.locator("body").press("/")
    expect(page.locator("#q")).not_to_be_focused()
    page.reload()
    page.locator("body").press("?")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_theme_changes_at_once_and_is_remembered_by_this_bank_only(
    town: Counters, page: Page, visit: Callable[..., Page]
) -> None:
    page.goto("/cash/in")
    page.fill("#amount", "7")
    with page.expect_response("**/theme"):
        page.click("[aria-label^=Switch]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#amount")).to_have_value("7.00")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{town.brvo.url}/sign-in")
    assert page.get_attribute("html", "data-theme") is None
