"""The payment page fills by itself while the money travels."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import fill_payment, pay, when_ready
from tests.support.two_counters import CLOSED_AT_BRVO, INES, OLU, TOMAS, Counters


def _done(page: Page) -> list[str]:
    return page.locator(".stop.done b").all_inner_texts()


@pytest.mark.usefixtures("heal")
def test_the_line_fills_without_a_reload_and_is_right_after_one(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    town.hold("BRVO")
    pay(page, INES, TOMAS, "12.50")
    expect(page.locator(".stop.now")).to_contain_text("no word from BRVO yet")
    assert _done(page) == ["Booked", "Queued", "On the topic"]
    page.evaluate("window.stayed = true")
    town.release("BRVO")
    expect(page.locator(".stop.done")).to_have_count(6)
    expect(page.locator("#line .chip")).to_have_text("Completed")
    expect(page.locator("#hops tbody tr")).to_have_count(5)
    assert page.evaluate("window.stayed")
    seen = page.inner_text("#line")
    page.reload()
    assert page.inner_text("#line") == seen


def test_a_refusal_is_seen_with_its_reason_and_the_money_is_back(visit: Callable[..., Page]) -> None:
    page = visit()
    pay(page, INES, CLOSED_AT_BRVO, "75")
    expect(page.locator("#line .chip")).to_have_text("Sent back")
    expect(page.locator(".stop.failed")).to_contain_text("Refused")
    expect(page.locator("#line footer")).to_contain_text("The account is closed (AC04). The money is back")
    expect(page.locator("#badge-41")).to_contain_text("1")


def test_the_review_restates_the_payment_and_can_be_left(visit: Callable[..., Page]) -> None:
    page = visit()
    fill_payment(page, INES, TOMAS, "1234,5")
    when_ready(page)
    page.click("text=Review payment")
    expect(page.locator(".review")).to_contain_text("One thousand two hundred and thirty-four euros and fifty cents.")
    expect(page.locator(".review h2")).to_be_focused()
    page.click("text=Change it")
    expect(page.locator("#amount")).to_have_value("1,234.50")
    expect(page.locator("#to_name")).to_have_value("Tomas Riva")


def test_leaving_an_account_field_names_the_payee_and_the_currency(visit: Callable[..., Page]) -> None:
    page = visit()
    page.goto("/payment")
    when_ready(page)
    page.fill("#from_account", INES)
    page.press("#from_account", "Tab")
    expect(page.locator("#from_account-said")).to_contain_text("Ines Albrecht, current account")
    expect(page.locator("#unit")).to_have_value("EUR")
    page.fill("#to_account", OLU)
    page.press("#to_account", "Tab")
    expect(page.locator("#to_account-said")).to_have_text("Olu Danjuma, at this bank")


def test_errors_stand_under_their_fields_and_the_first_one_has_the_focus(visit: Callable[..., Page]) -> None:
    page = visit()
    page.goto("/payment")
    when_ready(page)
    page.fill("#from_account", INES)
    page.fill("#to_account", "XF12 BRVO 1")
    page.fill("#amount", "10.0055")
    page.fill("#reference", "kept as typed")
    page.click("text=Review payment")
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    expect(page.locator("#to_account")).to_be_focused()
    expect(page.locator("#to_account-said")).to_contain_text("18 characters")
    expect(page.locator("#amount-says")).to_contain_text("EUR has 2 decimals")
    expect(page.locator("#reference")).to_have_value("kept as typed")
    assert page.get_attribute("#amount", "aria-describedby") == "amount-says"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1234.5", "1,234.50"),
        ("1 234,50", "1,234.50"),
        ("1.234,50", "1,234.50"),
        ("0012", "12.00"),
        ("1.005", "1.005"),
        ("1,500", "1,500"),
        ("1 50", "1 50"),
        ("1.234.567", "1,234,567.00"),
    ],
)
def test_money_is_formatted_when_the_field_is_left(visit: Callable[..., Page], typed: str, shown: str) -> None:
    page = visit()
    page.goto("/cash/in")
    page.fill("#amount", typed)
    page.press("#amount", "Tab")
    expect(page.locator("#amount")).to_have_value(shown)


@pytest.mark.usefixtures("heal")
def test_the_list_of_payments_follows_what_happens(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    town.hold("BRVO")
    pay(page, INES, TOMAS, "3.21")
    page.goto("/payments/sent")
    row = page.locator("#sent tbody tr").first
    expect(row).to_contain_text("On its way")
    town.release("BRVO")
    expect(row).to_contain_text("Completed")
    expect(row).to_contain_text("3.21")


def test_the_other_banks_stops_wear_its_colour(visit: Callable[..., Page]) -> None:
    page = visit()
    pay(page, INES, TOMAS, "1")
    expect(page.locator(".stop.done")).to_have_count(6)
    colours = page.eval_on_selector_all(".stop .dot", "dots => dots.map(d => getComputedStyle(d).backgroundColor)")
    assert colours[0] == colours[1] == colours[2] == colours[5]
    assert colours[3] == colours[4] != colours[0]


def test_only_the_receipt_is_printed(visit: Callable[..., Page]) -> None:
    page = visit()
    pay(page, INES, OLU, "2")
    page.emulate_media(media="print")
    expect(page.locator(".receipt")).to_be_visible()
    for hidden in ("header.bank", "nav.rail", "#line", "#hops"):
        expect(page.locator(hidden)).to_be_hidden()
