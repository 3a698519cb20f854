"""Payments in a browser: the form that knows whose account it is, the page that fills while the money travels."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bank_node.ledger.account import group
from bank_node.transfers.ports import OutgoingRecord
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.browser.conftest import balance, fill_payment, pay, when_ready
from tests.support.two_counters import INES, OLU, TOMAS, YEN, Counters


def _done(page: Page) -> list[str]:
    return page.locator(".stop.done b").all_inner_texts()


@pytest.mark.usefixtures("heal")
def test_t08_know_where_a_sent_payment_is(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    town.hold("BRVO")
    pay(page, INES, TOMAS, "12.50")
    expect(page.locator(".stop.now")).to_contain_text("no word from BRVO yet")
    assert _done(page) == ["Booked", "Queued", "On the topic"]
    expect(page.locator("#stop-3 small")).to_have_text(re.compile(r"partition \d, offset \d+"))
    page.evaluate("window.stayed = true")
    town.release("BRVO")
    expect(page.locator(".stop.done")).to_have_count(6)
    expect(page.locator("#line .chip")).to_have_text("Completed")
    expect(page.locator("#hops tbody tr")).to_have_count(5)
    assert page.evaluate("window.stayed")
    assert _done(page) == ["Booked", "Queued", "On the topic", "Read at BRVO", "Credited", "Confirmed"]
    for stop in page.locator(".stop time").all_inner_texts():
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d\d\d", stop)
    assert page.locator(".stop .after").count() >= 2, "delays stand on the line"
    for number in (4, 5):
        expect(page.locator(f"#stop-{number}")).to_contain_text("BRVO's clock")
    expect(page.locator("#hops footer")).to_have_text("Times at BRVO are by its own clock, as its answer tells them.")
    delays = page.locator("#hops tbody td:last-child").all_inner_texts()
    assert [bool(delay) for delay in delays] == [False, True, False, True, True], "never across two clocks"
    seen = [page.inner_text(part) for part in ("#line", "#hops")]
    page.reload()
    assert [page.inner_text(part) for part in ("#line", "#hops")] == seen


def test_t06_internal_transfer(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    before = balance(town.alfa, INES), balance(town.alfa, OLU)
    page.goto("/payment")
    when_ready(page)
    page.fill("#from_account", INES)
    page.press("#from_account", "Tab")
    expect(page.locator("#from_account-said")).to_contain_text("Ines Albrecht, current account")
    expect(page.locator("#unit")).to_have_value("EUR")
    page.fill("#to_account", OLU)
    page.press("#to_account", "Tab")
    expect(page.locator("#to_account-said")).to_have_text("Olu Danjuma, at this bank")
    page.fill("#to_name", "Olaf Danjuma")
    page.fill("#amount", "6.06")
    page.click("text=Review payment")
    expect(page.locator(".review")).to_contain_text("the account belongs to Olu Danjuma, not to Olaf Danjuma")
    page.click(".review .go")
    page.wait_for_url("**/payments/*")
    expect(page.locator("#line .chip")).to_have_text("Completed")
    assert _done(page) == ["Booked", "Credited"]
    assert (balance(town.alfa, INES), balance(town.alfa, OLU)) == (before[0] - 6_06, before[1] + 6_06)


def test_t07_cross_bank_transfer(visit: Callable[..., Page]) -> None:
    page = visit()
    page.goto(f"/payment?from_account={INES}")
    when_ready(page)
    offered = page.locator("#to_bank option").all_inner_texts()
    assert offered == ["As the account number says", "ALFAXFXX (this bank)", "BRVOXFXX, Bravo Cooperative"]
    page.select_option("#to_bank", "BRVO")
    seen = re.compile(r"last seen \d+ s ago")
    expect(page.locator("#to_bank-says .chip")).to_have_text(seen)
    wrong = TOMAS[:-1] + str((int(TOMAS[-1]) + 1) % 10)
    for typed, said in ((wrong, "is mistyped: its check digits do not fit"), (TOMAS, "Tomas Riva, at BRVO")):
        page.fill("#to_account", typed)
        page.press("#to_account", "Tab")
        expect(page.locator("#to_account-said")).to_contain_text(said)
    expect(page.locator("#to_account-said .chip")).to_have_text(seen)
    page.fill("#to_name", "Tomas Riva")
    page.fill("#amount", "1234,5")
    page.click("text=Review payment")
    review = page.locator(".review")
    expect(review.locator("h2")).to_be_focused()
    expect(review.locator(".sum")).to_have_text("1,234.50EUR")
    expect(review).to_contain_text("One thousand two hundred and thirty-four euros and fifty cents.")
    expect(review.locator(".chip")).to_have_text(seen)
    page.click("text=Change it")
    expect(page.locator("#amount")).to_have_value("1,234.50")
    expect(page.locator("#to_name")).to_have_value("Tomas Riva")
    expect(page.locator("#to_bank-says .chip")).to_have_text(seen)
    page.fill("#amount", "7.07")
    page.click("text=Review payment")
    page.click(".review .go")
    page.wait_for_url("**/payments/*")
    expect(page.locator(".receipt .sum")).to_contain_text("7.07")
    expect(page.locator(".stop.done")).to_have_count(6)


def test_t11_duplicates_are_ignored_and_counted(town: Counters, visit: Callable[..., Page]) -> None:
    page, there = visit(), visit(counter=town.brvo)
    pay(page, INES, TOMAS, "11.11")
    expect(page.locator(".stop.done")).to_have_count(6)
    id_ = page.url.partition("?")[0].rpartition("/")[2]
    (sent,) = [r for r in town.broker.records(EXTERNAL_TRANSFERS) if r.key == b"BRVO" and id_.encode() in r.value]
    before = balance(town.alfa, INES), balance(town.brvo, TOMAS)
    there.goto(f"/payments/received/ALFA/{id_}")
    for times in (1, 2):
        again = OutgoingRecord(sent.topic, sent.key, sent.value, sent.headers)
        town.broker.publisher().publish([again], 1)
        expect(page.locator("#hops")).to_contain_text(f"Duplicate ignored ×{times}")
    expect(page.locator("#stop-4")).to_contain_text("2 repeats ignored")
    there.reload()
    expect(there.locator("#hops")).to_contain_text("Duplicate ignored ×2")
    assert (balance(town.alfa, INES), balance(town.brvo, TOMAS)) == before


LAX = "document.querySelectorAll('form').forEach(form => { form.noValidate = true; })"  # the bank's rules alone


def test_t22_inline_validation(visit: Callable[..., Page]) -> None:
    page = visit("vogt")
    page.goto("/payment")
    when_ready(page)
    page.fill("#from_account", INES)
    page.fill("#to_account", "XF12 BRVO 1")
    page.fill("#amount", "10.0055")
    page.fill("#reference", "kept as typed")
    refused(page, "Review payment", ["to_account", "amount"])
    expect(page.locator("#to_account-said")).to_contain_text("18 characters")
    expect(page.locator("#amount-says")).to_contain_text("EUR has 2 decimals")
    expect(page.locator("#reference")).to_have_value("kept as typed")
    for path, button, fields in (
        ("/cash/out", "Pay out", ["account", "amount"]),
        (f"/cash/in?account={INES}", "Take in", ["amount"]),
        ("/customers/new", "Open the customer", ["name"]),
        (f"/holds/new?account={INES}", "Hold the money", ["amount", "reason"]),
        ("/cards/new", "Issue the card", ["account"]),
    ):
        page.goto(path)
        when_ready(page)
        refused(page, button, fields)
    page.goto(f"/accounts/{INES}/change")  # a form of several on its page: the whole page comes again
    page.evaluate(LAX)
    page.click("text=Change the state")
    expect(page.locator("#reason[aria-invalid=true]")).to_be_focused()


def refused(page: Page, button: str, fields: list[str]) -> None:
    """The form comes back as a fragment with 422: words under each field, tied to it; the first has the focus."""
    page.evaluate(LAX)
    with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        page.click(f"text={button}")
    assert posted.value.status == 422
    assert not posted.value.text().lower().lstrip().startswith("<!doctype")
    wrong = page.locator("[aria-invalid=true]")
    expect(wrong).to_have_count(len(fields))
    assert [it.get_attribute("name") for it in wrong.all()] == fields
    expect(wrong.first).to_be_focused()
    for it in wrong.all():
        expect(page.locator(f"#{it.get_attribute('aria-describedby')} .error")).to_contain_text(re.compile(r"\w+[.?]$"))


def test_t23_money_entry(visit: Callable[..., Page]) -> None:
    page = visit()
    page.goto("/cash/in")
    when_ready(page)
    amount = page.locator("#amount")
    for typed, shown in (
        ("1,234.50", "1,234.50"),
        ("1234.5", "1,234.50"),
        ("1 234,50", "1,234.50"),
        ("1.234,50", "1,234.50"),
        ("0012", "12.00"),
        ("1.005", "1.005"),
        ("1,500", "1,500"),
        ("1 50", "1 50"),
        ("1.234.567", "1,234,567.00"),
    ):
        amount.fill(typed)
        amount.press("Tab")
        expect(amount).to_have_value(shown)
    look = amount.evaluate("it => [getComputedStyle(it).textAlign, getComputedStyle(it).fontVariantNumeric]")
    assert look == ["right", "tabular-nums"]
    for account, typed, said in ((INES, "1.2345", "EUR has 2 decimals"), (YEN, "1.5", "JPY has no decimals")):
        page.fill("#account", account)
        page.press("#account", "Tab")
        expect(page.locator("#unit")).to_have_value(said[:3])
        amount.fill(typed)
        amount.press("Tab")
        expect(amount).to_have_value(typed)
        page.click("text=Take in")
        expect(page.locator("#amount-says .error")).to_contain_text(said)
    amount.fill("1500")
    amount.press("Tab")
    expect(amount).to_have_value("1,500")


@pytest.mark.usefixtures("heal")
def test_t33_payments_received(town: Counters, visit: Callable[..., Page]) -> None:
    page, there = visit(), visit(counter=town.brvo)
    page.goto("/payments/received")
    fill_payment(there, TOMAS, INES, "3.33", "Ines Albrecht")
    there.fill("#reference", "Invoice 33")
    there.click("text=Review payment")
    there.click(".review .go")
    there.wait_for_url("**/payments/*")
    row = page.locator("#received tbody tr").first
    for said in ("Tomas Riva", group(TOMAS), "Ines Albrecht", "Invoice 33", "Credited", "3.33"):
        expect(row).to_contain_text(said)  # by itself
    id_ = there.url.partition("?")[0].rpartition("/")[2]
    (sent,) = [r for r in town.broker.records(EXTERNAL_TRANSFERS) if r.key == b"ALFA" and id_.encode() in r.value]
    town.broker.publisher().publish([OutgoingRecord(sent.topic, sent.key, sent.value)], 1)
    expect(row).to_contain_text("1 repeat ignored")
    row.get_by_role("link", name="Return").click()
    expect(page.locator("h1")).to_have_text("Return to Tomas Riva")
    page.click("text=Review return")
    page.click(".review .go")
    page.wait_for_url("**/payments/*")
    page.goto("/payments/received")
    expect(row).to_contain_text("Returned")
    expect(row.get_by_role("link", name="Return")).to_have_count(0)


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
