"""Every page works with JavaScript off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.two_counters import INES, TOMAS, Counters


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    return visit(java_script_enabled=False)


def test_a_payment_goes_from_search_to_receipt(page: Page) -> None:
    page.fill("#q", "albrecht")
    page.press("#q", "Enter")
    page.wait_for_url("**/customers/*")
    page.click("text=New payment")
    page.check(f"input[value={INES}]")
    page.fill("#to_account", TOMAS)
    page.fill("#amount", "12,5")
    page.click("text=Review payment")
    expect(page.locator("main")).to_contain_text("Twelve euros and fifty cents.")
    page.click("text=Change it")
    expect(page.locator("#amount")).to_have_value("12,5")
    page.fill("#to_name", "Tomas Riva")
    page.click("text=Review payment")
    page.click(".review .go")
    expect(page.locator("h1")).to_have_text("Payment to Tomas Riva")
    expect(page.locator(".receipt .sum")).to_contain_text("12.50")


def test_errors_are_seen_and_what_was_typed_is_kept(page: Page) -> None:
    page.goto("/cash/out")
    page.fill("#account", INES)
    page.fill("#amount", "9999999")
    page.click("text=Pay out")
    expect(page.locator("#amount-says")).to_contain_text("9,999,999.00 were asked for")
    expect(page.locator("#amount")).to_have_value("9999999")


def test_cash_in_ends_in_a_receipt(page: Page) -> None:
    page.goto("/cash/in")
    page.fill("#account", INES)
    page.fill("#amount", "40")
    page.click("text=Take in")
    expect(page.locator("h1")).to_have_text("Cash in")
    expect(page.locator(".receipt .words")).to_have_text("forty euros")


def test_all_screens_theme_and_the_way_out_are_plain_links_and_forms(page: Page, town: Counters) -> None:
    page.goto("/screens")
    page.click("main >> text=Payments received")
    expect(page.locator("h1")).to_have_text("Payments received")
    page.click("[aria-label^=Switch]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.click("[aria-label='Sign out']")
    expect(page.locator("main")).to_contain_text("You are signed out.")


def test_nothing_that_needs_javascript_is_shown(page: Page) -> None:
    page.goto("/cash/in")
    expect(page.locator(".needs-js:visible")).to_have_count(0)
    expect(page.locator(".late")).to_be_hidden()
