"""The branch in a browser: cash and its drawer, four eyes, mistakes undone, the end of the day. With and without
JavaScript, in two browsers at once where two people are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from bank_node.store import queries
from bank_node.store.transfer_queries import count_open
from tests.browser.conftest import fill_payment, pay, when_ready
from tests.support.two_counters import INES, OLU, PASSWORD, TOMAS, Counters, open_counters, wait_until

LIMIT = 500_00


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    """Nobody holds a drawer; above 500.00 a teller's order waits."""
    with open_counters(tmp_path_factory.mktemp("town"), drawers=False, approval_limit_minor=LIMIT) as counters:
        yield counters


def balance(town: Counters, number: str = INES) -> int:
    with town.alfa.bank.readers.connection() as connection:
        row = queries.account(connection, number)
    assert row is not None
    return row.balance_minor


def nothing_is_open(town: Counters) -> bool:
    """Every payment has its answer."""
    with town.alfa.bank.readers.connection() as connection:
        return count_open(connection) == 0


def claim(page: Page, float_: str = "200") -> None:
    page.goto("/drawer")
    page.fill("#amount", float_)
    page.click("text=Claim this drawer")
    page.wait_for_url("**/drawers/*")


def close(page: Page, **pieces: str) -> None:
    page.goto("/drawer")
    for worth, many in pieces.items():
        page.fill(f"#n_EUR_{worth[1:]}", many)
    page.click("text=Close the drawer")


def cash(page: Page, way: str, amount: str, account: str = INES) -> None:
    page.goto(f"/cash/{way}")
    page.fill("#account", account)
    page.fill("#amount", amount)


def sign(page: Page, password: str = PASSWORD) -> None:
    if not page.locator("#supervisor").is_visible():
        page.locator(".signature summary").click()
    page.fill("#supervisor", "vogt")
    page.fill("#supervisor_password", password)


@pytest.mark.parametrize("javascript", [True, False])
def test_t05_cash_deposit_and_withdrawal(town: Counters, visit: Callable[..., Page], javascript: bool) -> None:
    page, before = visit(java_script_enabled=javascript), balance(town)
    cash(page, "in", "30")
    page.click("text=Take in")
    expect(page.locator("main")).to_contain_text("You hold no drawer.")
    assert balance(town) == before
    claim(page)
    expect(page.locator("#drawer")).to_have_text("Drawer 1200.00 EUR")
    cash(page, "in", "30")
    page.click("text=Count notes and coins")
    page.fill("#n_EUR_1000", "2")
    page.click("text=Take in")
    expect(page.locator("#amount-says")).to_contain_text("The notes and coins come to 20.00 EUR")
    expect(page.locator("#n_EUR_1000")).to_have_value("2")
    assert balance(town) == before
    page.fill("#n_EUR_1000", "3")
    page.click("text=Take in")
    page.wait_for_url("**/entries/*")
    expect(page.locator("#drawer")).to_have_text("Drawer 1230.00 EUR")
    cash(page, "out", "300")
    page.click("text=Pay out")
    expect(page.locator("#amount-says")).to_contain_text("Drawer 1 has 230.00 EUR")
    cash(page, "out", "99999")
    sign(page)
    page.click("text=Pay out")
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    assert balance(town) == before + 30_00
    cash(page, "out", "130")
    page.click("text=Pay out")
    page.wait_for_url("**/entries/*")
    expect(page.locator("#drawer")).to_have_text("Drawer 1100.00 EUR")
    close(page, n5000="2")
    expect(page.locator("h1")).to_have_text("Drawer 1, closed")


def test_t13_four_eyes_above_the_limit(town: Counters, visit: Callable[..., Page]) -> None:
    teller, supervisor, before = visit(), visit("vogt"), balance(town)
    supervisor.goto("/approvals")
    when_ready(supervisor)
    expect(supervisor.locator("#approvals")).to_contain_text("Nothing waits.")
    fill_payment(teller, INES, TOMAS, "600")
    teller.click("text=Review payment")
    expect(teller.locator(".review")).to_contain_text("Above your limit of 500.00")
    teller.click(".review .go")
    teller.wait_for_url("**/approvals/*")
    expect(teller.locator("main")).to_contain_text("Awaiting approval")
    expect(teller.get_by_role("button", name="Approve")).to_have_count(0)
    expect(supervisor.locator("#badge-42")).to_have_text("1 waiting")
    supervisor.locator("#approvals a.row").click()
    supervisor.get_by_role("button", name="Reject").click()
    expect(supervisor.locator("#reason-says")).to_contain_text("Say why")
    supervisor.get_by_role("button", name="Approve").click()
    supervisor.get_by_role("link", name="Its receipt").click()
    for person in ("M. Okafor", "H. Vogt"):
        expect(supervisor.locator(".receipt")).to_contain_text(person)
    expect(teller.locator("#badge-42")).to_have_text("")
    assert balance(town) == before - 600_00
    fill_payment(teller, INES, OLU, "601")
    teller.click("text=Review payment")
    sign(teller, "not his password")
    teller.click(".review .go")
    expect(teller.locator("#supervisor_password-says")).to_contain_text("password is wrong")
    sign(teller)
    teller.click(".review .go")
    teller.wait_for_url("**/payments/*")
    expect(teller.locator(".receipt")).to_contain_text("H. Vogt")
    fill_payment(teller, INES, OLU, "602")
    teller.click("text=Review payment")
    teller.click(".review .go")
    teller.wait_for_url("**/approvals/*")
    when_ready(teller)
    supervisor.goto("/approvals")
    supervisor.locator("#approvals a.row").click()
    supervisor.fill("#reason", "no papers")
    supervisor.get_by_role("button", name="Reject").click()
    expect(supervisor.locator("main")).to_contain_text("no papers")
    expect(teller.locator("#work")).to_contain_text("Rejected by H. Vogt")  # without a reload
    assert balance(town) == before - 600_00 - 601_00


@pytest.mark.parametrize("javascript", [True, False])
def test_t15_reverse_a_mistake(town: Counters, visit: Callable[..., Page], javascript: bool) -> None:
    page, before = visit(java_script_enabled=javascript), balance(town)
    pay(page, INES, OLU, "5")
    page.click("text=Reverse")
    page.click("text=Reverse 5.00 EUR")
    expect(page.locator("#reason-says .error")).to_have_count(1)
    page.fill("#reason", "wrong payee")
    page.dblclick("text=Reverse 5.00 EUR", no_wait_after=True)
    expect(page.locator("h1")).to_have_text("Reversal")
    expect(page.locator("main")).to_contain_text("wrong payee")
    assert balance(town) == before
    page.click("text=What it undid")
    expect(page.locator("main")).to_contain_text("Reversed: the entry that undid it")
    expect(page.get_by_role("link", name="Reverse", exact=True)).to_have_count(0)
    pay(page, INES, TOMAS, "5")
    expect(page.get_by_role("link", name="Reverse", exact=True)).to_have_count(0)
    if not javascript:  # nothing tells this page that the other bank has answered
        wait_until(lambda: nothing_is_open(town))
        page.reload()
    expect(page.locator("#payment_acts")).to_contain_text("Ask for its return")


@pytest.mark.parametrize("javascript", [True, False])
def test_t16_drawer_open_and_close(town: Counters, visit: Callable[..., Page], javascript: bool) -> None:
    page = visit(java_script_enabled=javascript)
    claim(page)
    other = visit("vogt")
    other.goto("/drawer")
    other.fill("#number", "1")
    other.click("text=Claim this drawer")
    expect(other.locator("#number-says")).to_contain_text("Okafor holds drawer 1")
    fill_payment(page, INES, OLU, "700")
    page.click("text=Review payment")
    page.click(".review .go")
    page.wait_for_url("**/approvals/*")
    waiting = page.url.partition("?")[0]
    close(page, n5000="4")
    expect(page.locator("#work [role=alert]")).to_contain_text("1 of your requests still waits for approval")
    page.goto(waiting)
    page.click("text=Withdraw it")
    expect(page.locator("main")).to_contain_text("Withdrawn")
    close(page, n5000="3", n2000="2")
    expect(page.locator(".variance")).to_contain_text("−10.00")
    page.fill("#reason", "miscounted a note")
    page.click("text=Close the drawer")
    expect(page.locator("#supervisor-says")).to_contain_text("a supervisor must sign")
    sign(page)
    page.click("text=Close the drawer")
    expect(page.locator("#count")).to_contain_text("Signed by H. Vogt.")
    for figure in ("200.00", "190.00", "−10.00"):
        expect(page.locator("#count")).to_contain_text(figure)
    expect(page.locator("#drawer")).to_have_text("No drawer")


@pytest.mark.usefixtures("heal")
def test_t17_end_of_day(town: Counters, visit: Callable[..., Page]) -> None:
    page, supervisor = visit(), visit("vogt")
    claim(page)
    town.broker.go_away()
    pay(page, INES, TOMAS, "9")
    page.goto("/day")
    today = page.locator(".facts .date b").inner_text()
    expect(page.locator("#checklist")).to_contain_text("Still open: drawer 1 (okafor).")
    expect(page.locator("#checklist li.open")).to_have_count(1)
    expect(page.get_by_role("button", name=f"Close {today}")).to_be_disabled()
    expect(page.locator("#queued")).to_contain_text("9.00 EUR")
    close(page, n5000="4")
    expect(page.locator("h1")).to_have_text("Drawer 1, closed")
    page.goto("/day")
    expect(page.locator("#checklist li.done")).to_have_count(4)
    page.get_by_role("button", name=f"Close {today}").click()
    expect(page.locator("main")).to_contain_text("The day is closed")
    expect(page.locator(".facts .date b")).not_to_have_text(today)
    expect(page.locator("#reopen")).to_have_count(0)
    supervisor.goto("/day")
    supervisor.fill("#reason", "one customer more")
    supervisor.click("text=Open it again")
    expect(supervisor.locator(".facts .date b")).to_have_text(today)
