"""T01, T20, T28 and T34 as a person sees them: the audit log, the end of a session, a customer's own pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from bank_node.clock import SystemClock
from tests.browser.conftest import when_ready
from tests.browser.test_accessible import look
from tests.support.two_counters import INES, OLU, PASSWORD, TOMAS, Counters

MINUTE_MS = 60_000


@pytest.fixture
def let_pass(town: Counters) -> Iterator[Callable[[int], None]]:
    """`let_pass(ms)`: time at ALFA; its pages hear of it at once."""
    clock = town.alfa.bank.clock
    assert isinstance(clock, SystemClock)

    def pass_(ms: int) -> None:
        clock.offset_ms += ms
        town.alfa.bank.bell.ring({"link"})

    yield pass_
    clock.offset_ms = 0


def test_t01_sign_in_and_see_who_and_where_i_am(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit("", counter=town.brvo)  # nobody else comes to this door: tries are counted
    told = []
    for username, password in (("nobody", PASSWORD), ("vogt", "not his")):
        page.goto("/sign-in")
        sign_in(page, username, password)
        told.append(page.locator("[role=alert]").inner_text())
    assert told == ["The user name or the password is wrong."] * 2, "which of them is not said"
    for _ in range(12):  # each wrong one from the fifth on makes the wait longer: a slow browser comes to it, too
        sign_in(page, "vogt", "not his")
        if page.locator("[role=alert]").inner_text() != told[0]:
            break
    expect(page.locator("[role=alert]")).to_have_text(
        re.compile(r"Too many tries\. The next one is looked at in \d+ s\.")
    )
    clock = town.brvo.bank.clock
    assert isinstance(clock, SystemClock)
    clock.offset_ms += MINUTE_MS
    sign_in(page, "vogt", PASSWORD)
    page.wait_for_url("**/customers")
    hue = page.locator("header.bank .crest").evaluate("it => getComputedStyle(it).backgroundColor")
    for path in (
        "/customers",
        "/payments/sent",
        "/attention",
        "/day",
        "/customers/77",
        "/my",
    ):  # the last two are not there, and not his
        page.goto(path)
        header = page.locator("header.bank")
        for said in ("Bravo Cooperative", "H. Vogt", "supervisor", "Drawer 2", "business date", "Network up"):
            expect(header).to_contain_text(said)
        expect(header.locator(".date b")).to_have_text(re.compile(r"\d+ [A-Z][a-z]{2} 20\d\d"))
    clock.offset_ms = 0
    page.goto(f"{town.alfa.url}/sign-in")
    assert page.locator(".hello .crest").evaluate("it => getComputedStyle(it).backgroundColor") != hue


@pytest.mark.parametrize("javascript", [True, False])
def test_t20_who_did_what_to_what_with_before_and_after(visit: Callable[..., Page], javascript: bool) -> None:
    teller = visit()
    teller.goto(f"/cash/in?account={INES}")
    teller.fill("#account", INES)
    teller.fill("#amount", "41.07")
    teller.fill("#reference", "Market takings")
    teller.keyboard.press("Control+Enter") if javascript else teller.click("button.go")
    teller.wait_for_url("**/entries/*")
    entry = teller.url.rpartition("/")[2].partition("?")[0]
    page = visit("vogt", java_script_enabled=javascript)
    page.goto("/audit")
    page.fill("#user", "okafor")
    page.fill("#object", f"entry {entry}")
    page.click("text=Show")
    rows = page.locator("#log tbody tr")
    expect(rows).to_have_count(1)
    for said in ("okafor", "Cash in", f"entry {entry}", "Market takings"):
        expect(rows.first).to_contain_text(said)
    before, after = re.findall(r"([\d,]+\.\d\d) → ([\d,]+\.\d\d) EUR", rows.first.inner_text())[-1]
    assert round(float(after.replace(",", "")) - float(before.replace(",", "")), 2) == 41.07
    page.goto("/audit?user=nobody+at+all")
    expect(page.locator(".empty")).to_contain_text("Nothing was done by this user")
    page.goto("/audit?what=acts&user=okafor")
    expect(page.locator("#log")).to_contain_text("Signed in")
    teller.goto("/audit")
    expect(teller.locator("main")).to_contain_text("This page is for supervisor or auditor")


def test_t28_a_word_before_the_session_ends_and_one_key_to_stay(
    town: Counters, visit: Callable[..., Page], let_pass: Callable[[int], None]
) -> None:
    page = visit()
    page.goto("/payment")
    when_ready(page)
    page.fill("#to_name", "Tomas Riva")
    expect(page.locator("#net")).to_be_visible()
    page.wait_for_function("document.querySelector('#stream')._htmx?.sse?.status === 200")
    let_pass(14 * MINUTE_MS + 5_000)
    ending = page.locator("#session-end")
    expect(ending).to_be_visible()
    expect(ending).to_contain_text("you are signed out at")
    with page.expect_response("**/sessions/extend"):
        page.keyboard.press("Enter")
    expect(ending).to_be_hidden()
    expect(page.locator("#to_name")).to_have_value("Tomas Riva")
    town.alfa.bank.submit_and_wait(lambda *_: None)  # behind the touch
    let_pass(10 * MINUTE_MS)
    page.fill("#amount", "7")
    assert page.request.get("/customers", max_redirects=0).status == 200


@pytest.mark.parametrize("javascript", [True, False])
def test_t28_what_was_typed_is_there_after_signing_in_again(
    visit: Callable[..., Page], let_pass: Callable[[int], None], javascript: bool
) -> None:
    page = visit(java_script_enabled=javascript)
    page.goto("/payment")
    page.fill("#from_account", INES)
    page.fill("#to_account", TOMAS)
    page.fill("#amount", "7.77")
    if javascript:
        when_ready(page)
    let_pass(16 * MINUTE_MS)
    page.click("text=Review payment")
    if javascript:
        expect(page.locator("#signed-out")).to_be_visible()
        expect(page.locator("#to_account")).to_have_value(TOMAS)
        with page.context.expect_page() as opened:
            page.click("#signed-out a")
        door = opened.value
        sign_in(door)
        door.wait_for_url("**/customers")
        page.click("text=Review payment")
    else:
        expect(page.locator("[role=alert]")).to_contain_text("what you typed is there again")
        sign_in(page)
        page.click("text=Go on with it")
    expect(page.locator(".review .sum")).to_contain_text("7.77")


def test_t28_after_signing_in_again_the_same_page_is_there(
    visit: Callable[..., Page], let_pass: Callable[[int], None]
) -> None:
    page = visit()
    let_pass(16 * MINUTE_MS)
    page.goto(f"/customers/2?account={OLU}")
    sign_in(page)
    page.wait_for_url(f"**/customers/2?account={OLU}")
    expect(page.locator("h1")).to_have_text("Olu Danjuma")


@pytest.mark.parametrize("javascript", [True, False])
def test_t34_a_customer_sees_his_own_and_pays_from_it(visit: Callable[..., Page], javascript: bool) -> None:
    page = visit("olu", java_script_enabled=javascript)
    expect(page.locator("h1")).to_have_text("My accounts")
    expect(page.locator(".purse a")).to_have_count(3)
    expect(page.locator("nav.rail")).not_to_contain_text("Cash in")
    expect(page.locator("#q")).to_have_count(0)
    page.click("text=New payment >> nth=0")
    if javascript:
        when_ready(page)
    page.check(f"input[value={OLU}]")
    page.fill("#to_account", TOMAS)
    page.fill("#to_name", "Tomas Riva")
    page.fill("#amount", "1,5")
    page.fill("#reference", "<script>alert(1)</script>")
    page.click("text=Review payment")
    expect(page.locator(".review .sum")).to_contain_text("1.50")
    page.click(".review .go")
    page.wait_for_url("**/my/payments/*")
    expect(page.locator(".receipt")).to_contain_text("<script>alert(1)</script>")
    page.goto("/my")
    expect(page.locator("#entries tbody tr").first).to_contain_text("1.50")
    page.fill("#words", "riva")
    page.click("text=Show >> nth=0")
    expect(page.locator("#entries tbody tr").first).to_contain_text("Tomas Riva")
    for path in ("/customers/1", f"/my/accounts/{INES}", "/attention"):
        page.goto(path)
        expect(page.locator("h1")).to_have_text("Not here")


def test_the_warning_before_the_end_is_accessible(visit: Callable[..., Page], let_pass: Callable[[int], None]) -> None:
    page = visit(bypass_csp=True)
    when_ready(page)
    page.wait_for_function("document.querySelector('#stream')._htmx?.sse?.status === 200")
    let_pass(14 * MINUTE_MS + 5_000)
    expect(page.locator("#session-end")).to_be_visible()
    look(page)


def sign_in(page: Page, username: str = "okafor", password: str = PASSWORD) -> None:
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("button.go")
