"""Customers, accounts, holds and cards as somebody at the counter sees them; one test for each row of the design."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bank_node.ledger.account import group
from tests.browser.conftest import pay, when_ready
from tests.browser.test_accessible import look
from tests.support.two_counters import INES, OLU, PETRA, TOMAS, Counters


def test_t02_a_customer_is_found_in_one_gesture(visit: Callable[..., Page]) -> None:
    page = visit()
    for number in ("2", "1"):
        page.goto(f"/customers/{number}")
    when_ready(page)
    page.locator("body").press("/")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#found a").first).to_contain_text("Ines Albrecht")  # whom one had last, while it is empty
    for asked in ("olu", group(OLU).lower(), OLU, "555 0199"):
        page.fill("#q", "")
        page.locator("#q").press_sequentially(asked)
        expect(page.locator("#found a")).to_have_count(1)
        expect(page.locator("#found a")).to_contain_text("Olu Danjuma")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Olu Danjuma")
    pay(page, INES, TOMAS, "1")
    id_ = page.url.rpartition("/")[2].partition("?")[0]
    page.locator("body").press("/")
    page.fill("#q", id_)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/payments/{id_}")


@pytest.mark.usefixtures("heal")
def test_t03_one_page_shows_all_of_a_customer(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit(bypass_csp=True)
    town.hold("BRVO")
    pay(page, INES, TOMAS, "3.21")
    _hold(page, INES, "100", "cheque")
    page.goto("/customers/1")
    page.fill("#text", "Speak up")
    page.check("input[name=kind]")
    page.click("text=Write it down")
    expect(page.locator(".banner.alert")).to_contain_text("Speak up")
    purse = page.locator("#purse a", has_text=group(INES))
    expect(purse).to_contain_text("Ledger balance")
    expect(purse).to_contain_text("On hold")
    expect(page.locator("#holds")).to_contain_text("cheque")
    expect(page.locator("#under-way")).to_contain_text("3.21")
    expect(page.locator("#entries tbody tr").first).to_contain_text("3.21")
    look(page)
    page.click(".banner.alert button")
    expect(page.locator(".banner.alert")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Ended.")
    page.click("text=Ended before")
    expect(page.locator("#notes details")).to_contain_text("ended by okafor")
    look(page)


def test_t04_a_customer_and_an_account_are_opened_in_two_steps(visit: Callable[..., Page]) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/customers/new")
    when_ready(page)
    page.fill("#name", "ines albrecht")
    page.click("text=Open the customer")
    expect(page.locator("#another-says")).to_contain_text("Ines Albrecht is a customer already.")
    page.fill("#name", "Nils Aho")
    page.click("text=Open the customer")
    expect(page.locator("main")).to_contain_text("Step 2 of 2.")
    when_ready(page)
    page.check("input[value=savings]")
    page.click("text=Open the account")
    expect(page.locator("#opening-says")).to_contain_text("at least 10.00 EUR")
    expect(page.locator("#opening")).to_be_focused()
    page.fill("#opening", "25")
    page.click("text=Open the account")
    expect(page.locator("#opened")).to_contain_text("XF")
    number = page.inner_text("#opened .acc")
    page.click("#opened button")
    assert page.evaluate("navigator.clipboard.readText()") == number
    expect(page.locator("#purse .sum")).to_contain_text("15.00")
    page.reload()
    expect(page.locator("#entries tbody tr")).to_have_count(1)


def test_t14_holds_and_freezes(visit: Callable[..., Page]) -> None:
    page = visit("vogt", bypass_csp=True)
    _hold(page, PETRA, "4.50", "cheque not cleared")
    expect(page.locator("main")).to_contain_text("Held. The money stays on the account")
    expect(page.locator("#account .chip")).to_have_text(["Money on hold"])
    expect(page.locator("#holds tbody tr")).to_contain_text("cheque not cleared")
    page.goto(f"/cash/out?account={PETRA}")
    when_ready(page)
    page.fill("#amount", "1")
    page.click("text=Pay out")
    expect(page.locator("#amount-says")).to_contain_text("0.50 EUR are available")
    page.goto(f"/accounts/{PETRA}")
    page.click("#holds button")
    expect(page.locator("main")).to_contain_text("Released.")
    expect(page.locator("#account .chip")).to_have_count(0)
    _set_state(page, PETRA, "debit_frozen", "asked by phone")
    expect(page.locator("#account .chip")).to_have_text(["Debits frozen"])
    look(page)
    page.goto(f"/cash/in?account={PETRA}")
    page.fill("#amount", "1")
    page.click("text=Take in")
    page.wait_for_url("**/entries/*")
    _set_state(page, PETRA, "blocked", "fraud desk")
    expect(page.locator("#account .chip")).to_have_text(["Blocked"])
    page.goto(f"/cash/in?account={PETRA}")
    when_ready(page)
    page.fill("#amount", "1")
    page.click("text=Take in")
    expect(page.locator("form#work")).to_contain_text("The account is blocked.")
    _set_state(page, PETRA, "open", "cleared up")
    expect(page.locator("#account .chip")).to_have_count(0)


def test_a_cards_number_is_shown_once(visit: Callable[..., Page]) -> None:
    page = visit(bypass_csp=True)
    page.goto(f"/cards/new?account={INES}")
    when_ready(page)
    page.click("text=Issue the card")
    expect(page.locator("#told-name")).to_be_focused()
    number = page.inner_text("#card-number")
    assert number.replace(" ", "").isdigit()
    look(page)
    page.reload()
    expect(page.locator("h1")).to_contain_text("••")
    assert number not in page.content()
    look(page)
    page.fill("#reason", "lost")
    page.click("text=Block the card")
    expect(page.locator("main")).to_contain_text("Blocked by okafor")
    expect(page.locator("#block")).to_have_count(0)


def test_without_javascript_a_card_is_issued_and_money_is_held(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    _hold(page, OLU, "1", "cheque")
    page.click("#holds button")
    expect(page.locator("main")).to_contain_text("Released.")
    page.goto(f"/cards/new?account={INES}")
    page.click("text=Issue the card")
    number = page.inner_text("#card-number")
    page.click("text=Show the card")
    expect(page.locator("h1")).to_contain_text(number[-4:])
    assert number not in page.content()


def _hold(page: Page, number: str, amount: str, reason: str) -> None:
    page.goto(f"/holds/new?account={number}")
    page.fill("#amount", amount)
    page.fill("#reason", reason)
    page.click("text=Hold the money")
    page.wait_for_url("**/customers/*")


def _set_state(page: Page, number: str, state: str, reason: str) -> None:
    page.goto(f"/accounts/{number}/change")
    page.check(f"input[value={state}]")
    page.fill("#reason", reason)
    page.click("text=Change the state")
    page.wait_for_url("**/customers/*")
