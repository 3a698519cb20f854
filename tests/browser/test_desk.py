"""The stuck-work desk in a browser: with JavaScript off, by keyboard, in both themes; two clicks send one return."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import orjson
import pytest
from playwright.sync_api import Page, expect

from bank_node.operations.holds import HoldOrder, place_hold
from bank_node.operations.redrive import start_over
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.store import desk_queries, transfer_queries
from bank_node.transfers.ports import OutgoingRecord
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.browser.conftest import balance, pay, when_ready
from tests.support.desk_work import contradict, set_aside
from tests.support.two_counters import CLOSED_AT_BRVO, INES, OLU, TOMAS, Counters, open_counters, wait_until


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    """A payment is stuck after a second here."""
    with open_counters(tmp_path_factory.mktemp("town"), stuck_after_ms=1_000) as counters:
        yield counters


def counts(town: Counters) -> dict[str, int]:
    bank = town.alfa.bank
    at = desk_queries.Horizon.at(bank.clock.now_us(), bank.settings.stuck_after_ms)
    with bank.readers.connection() as connection:
        return {kind: count for kind, count in desk_queries.counts(connection, at).items() if count}


def received_from_brvo(town: Counters, visit: Callable[..., Page]) -> str:
    """Tomas pays Ines; the path of the payment at her bank."""
    there = visit("vogt", town.brvo)
    pay(there, TOMAS, INES, "7.50", "Ines Albrecht")
    expect(there.locator(".stop.done")).to_have_count(6)
    return "/payments/received/BRVO/" + there.url.partition("?")[0].rpartition("/")[2]


@pytest.mark.usefixtures("heal")
def test_a_teller_works_the_desk_with_javascript_off(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    town.hold("BRVO")
    pay(page, INES, TOMAS, "12.50")
    set_aside(town.alfa.bank, b"<b>rubbish</b>", 3)
    wait_until(lambda: counts(town).get("stuck") == 1)
    page.goto("/attention")
    stuck = page.locator("#stuck tbody tr")
    expect(stuck).to_contain_text("No word from BRVO on 12.50 EUR from Ines Albrecht")
    stuck.locator("text=Ask again").click()
    expect(page.locator("main")).to_contain_text("Asked. The answer comes by itself")
    expect(stuck).to_contain_text("Asked again by okafor")
    details = page.locator("#quarantine details").first
    details.locator("summary").click()
    expect(details.locator(".excerpt")).to_have_text("<b>rubbish</b>")
    page.locator("#quarantine tbody tr").first.locator("text=Mark seen").click()
    expect(page.locator("#quarantine .count")).to_have_text("2")
    page.locator("#quarantine").get_by_role("button", name="Mark all seen").click()
    expect(page.locator("#quarantine")).to_have_count(0)
    stuck.locator("text=Take back").click()
    expect(page.locator("h1")).to_have_text("Take back")
    page.click("text=Take back 12.50 EUR")
    expect(page.locator("#line")).to_contain_text("Being checked")
    assert counts(town) == {"stuck": 1}
    town.release("BRVO")
    wait_until(lambda: counts(town).keys() <= {"sent_back"})


def test_t10_returned_and_rejected_payments(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    waiting, before = sum(counts(town).values()), balance(town.alfa, INES)
    pay(page, INES, CLOSED_AT_BRVO, "75")
    expect(page.locator("#line .chip")).to_have_text("Sent back")
    expect(page.locator(".stop.failed")).to_contain_text("Refused")
    expect(page.locator("#line footer")).to_contain_text(
        "The account is closed (AC04). The money is back on the account."
    )
    pay(page, INES, TOMAS, "10.10")
    expect(page.locator(".stop.done")).to_have_count(6)
    original = page.url.partition("?")[0]
    order = ReturnOrder("ALFA", original.rpartition("/")[2], 4_04, "paid twice", "okafor")
    town.brvo.bank.submit_and_wait(return_transfer, order)
    expect(page.locator("#line .chip")).to_have_text("Partly returned")
    expect(page.locator("#badge-41")).to_have_text(f"{waiting + 2} waiting")  # by itself
    page.click("nav.rail >> text=Needs attention")
    refused, returned = page.locator("#sent_back tbody tr"), page.locator("#returned tbody tr")
    expect(refused.first).to_contain_text("75.00 EUR from Ines Albrecht to Tomas Riva: The account is closed (AC04).")
    words = "4.04 EUR of a payment from Ines Albrecht to Tomas Riva came back: “Paid twice.” (MS03)"
    expect(returned.first).to_contain_text(words)
    assert balance(town.alfa, INES) == before - 10_10 + 4_04
    returned.first.get_by_role("link", name="Payment").click()
    assert page.url == original
    linked = page.locator("#line footer", has_text="BRVO returned 4.04 EUR of it: “Paid twice.” (MS03)")
    expect(linked).to_contain_text("The money is back on the account.")
    linked.get_by_role("link", name="Show the return").click()
    expect(page.locator("h1")).to_have_text("Return from Tomas Riva")
    page.click("text=Show that payment")
    assert page.url == original
    page.goto("/attention")
    refused.first.get_by_role("button", name="Mark seen").click()
    returned.first.get_by_role("button", name="Mark seen").click()
    expect(page.locator("#returned")).to_have_count(0)
    assert sum(counts(town).values()) == waiting


@pytest.mark.usefixtures("heal")
def test_t32_help_for_students(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    town.hold("BRVO")
    pay(page, INES, TOMAS, "32.32")
    id_ = page.url.partition("?")[0].rpartition("/")[2]
    page.get_by_role("link", name="Why? Queued").click()
    expect(page.locator("h1")).to_have_text("Why is it queued?")
    expect(page.locator(".why-words p")).to_have_count(2)
    row, message = page.locator(".kept").first, page.locator(".kept", has_text="A row of outbox")
    expect(row).to_contain_text("A row of transfers")
    (sent,) = [r for r in town.broker.records(EXTERNAL_TRANSFERS) if r.key == b"BRVO" and id_.encode() in r.value]
    for said in (
        f"partition {sent.partition}",
        f"offset {sent.offset}",
        f"ce_id {orjson.loads(sent.value)['event_id']}",
    ):
        expect(message).to_contain_text(re.compile(said.replace(" ", r"\s*")))
    expect(message.locator(".message")).to_contain_text('"amount_minor": 3232')
    town.release("BRVO")
    page.goto(f"/payments/{id_}")
    expect(page.locator(".stop.done")).to_have_count(6)
    town.broker.publisher().publish([OutgoingRecord(sent.topic, sent.key, sent.value)], 1)
    page.get_by_role("link", name="Why? Duplicate ignored").click()
    expect(page.locator("h1")).to_have_text("Why was the repeat ignored?")
    town.brvo.bank.submit_and_wait(return_transfer, ReturnOrder("ALFA", id_, 1_00))
    page.goto(f"/payments/{id_}")
    page.get_by_role("link", name="Why? did it come back").click()
    expect(page.locator("h1")).to_have_text("Why did the money come back?")
    expect(page.locator(".kept", has_text="A row of decisions")).to_contain_text("return")
    town.alfa.bank.submit_and_wait(place_hold, HoldOrder(OLU, 1_00, "EUR", "cheque", None, "okafor"))
    page.goto("/customers/2")
    page.get_by_role("link", name="Why? is money on hold").click()
    expect(page.locator("h1")).to_have_text("Why is money on hold?")
    expect(page.locator(".kept").first).to_contain_text("cheque")
    page.get_by_role("link", name="Why was this record set aside?").click()
    expect(page.locator(".empty")).to_contain_text("Nothing of the kind waits now.")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_double_click_on_return_sends_one_return(
    town: Counters, visit: Callable[..., Page], javascript: bool
) -> None:
    path = received_from_brvo(town, visit)
    page = visit(java_script_enabled=javascript)
    page.goto(path)
    page.click("text=Return")
    page.fill("#amount", "2.50")
    page.fill("#reason", "not mine")
    if javascript:
        when_ready(page)
    page.click("text=Review return")
    expect(page.locator(".review")).to_contain_text("Return 2.50 EUR to Tomas Riva")
    page.dblclick(".review .go", no_wait_after=True)
    page.wait_for_url("**/payments/*")
    expect(page.locator("h1")).to_have_text("Return to Tomas Riva")
    expect(page.locator(".receipt .sum")).to_contain_text("2.50")
    with town.alfa.bank.readers.connection() as connection:
        assert len(transfer_queries.returns_of(connection, "BRVO", path.rpartition("/")[2])) == 1


def test_a_conflict_and_a_broker_that_forgot_come_into_an_open_page_by_themselves(
    town: Counters, visit: Callable[..., Page]
) -> None:
    page = visit()
    pay(page, INES, TOMAS, "1.00")
    expect(page.locator(".stop.done")).to_have_count(6)
    when_ready(page)
    contradict(town.alfa.bank, page.url.partition("?")[0].rpartition("/")[2])
    expect(page.locator("#banner")).to_contain_text("1 payment has a conflict.")
    expect(page.locator("#line header")).to_contain_text("Conflict")
    town.alfa.bank.submit_and_wait(start_over, "the log ends before what was read of it")
    expect(page.locator("#banner")).to_contain_text("The broker forgot something")
    page.click("text=Mark it seen")
    page.locator("tr", has_text="The log ends before").locator("text=Mark seen").click()
    expect(page.locator("#banner")).not_to_contain_text("The broker forgot")
    page.goto("/attention/conflict")
    page.get_by_role("button", name="Mark seen").click()
    expect(page.locator("#banner")).to_have_text("")


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(town: Counters, visit: Callable[..., Page]) -> None:
    set_aside(town.alfa.bank, b"one")
    page = visit("vogt")
    page.goto("/attention/quarantine")
    when_ready(page)
    page.locator("#main").focus()
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(" ".join(page.evaluate("document.activeElement.textContent").split()))
    assert reached[:3] == ["The whole desk", "Waiting 1", "Handled"]
    assert reached[3:] == ["Why? is it here", "Details", "Try again", "Mark seen"]
    page.locator("text=Details").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".excerpt")).to_be_visible()
    page.get_by_role("button", name="Try again").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Judged again, and still set aside.")
    page.get_by_role("button", name="Mark seen").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Marked seen.")
