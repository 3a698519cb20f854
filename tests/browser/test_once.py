"""No double post: double click, Back and Submit, F5, two tabs, no JavaScript; one posting, one receipt."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page, Route, expect

from bank_node.store import transfer_queries
from tests.browser.conftest import balance, fill_payment, holding, when_ready
from tests.support.two_counters import INES, OLU, Counters

ALREADY = "Already posted."


def _count(town: Counters) -> int:
    with town.alfa.bank.readers.connection() as connection:
        return len(transfer_queries.transfers(connection, limit=1000))


def _to_review(page: Page, amount: str) -> None:
    fill_payment(page, INES, OLU, amount)
    page.click("text=Review payment")
    expect(page.locator(".review .go")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_t12_a_double_click_posts_once(town: Counters, visit: Callable[..., Page], javascript: bool) -> None:
    page = visit(java_script_enabled=javascript)
    before = _count(town)
    _to_review(page, "1.11")
    if javascript:
        when_ready(page)
    page.dblclick(".review .go", no_wait_after=True)
    page.wait_for_url("**/payments/*")
    expect(page.locator(".receipt .sum")).to_contain_text("1.11")
    assert _count(town) == before + 1


def test_t12_going_back_to_a_posted_form_leads_to_its_receipt(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    before = _count(town)
    _to_review(page, "2.22")
    when_ready(page)
    page.click(".review .go")
    page.wait_for_url("**/payments/*")
    receipt = page.url
    page.go_back()
    page.wait_for_url("**/payments/*")
    expect(page.locator("main")).to_contain_text(ALREADY)
    assert page.url.split("?")[0] == receipt
    assert _count(town) == before + 1


def test_t12_back_and_submit_without_javascript_posts_once(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    before = _count(town)
    _to_review(page, "2.23")
    key = page.get_attribute("input[name=key]", "value")
    page.click(".review .go")
    page.wait_for_url("**/payments/*")
    receipt = page.url
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # no-store: the browser asks before it sends the review again
        page.go_back()
    page.wait_for_url("chrome-error://**")
    page.goto(f"/payment?form={key}")  # one step further back: the form, and the bank knows it
    page.wait_for_url("**/payments/*")
    expect(page.locator("main")).to_contain_text(ALREADY)
    assert page.url.split("?")[0] == receipt
    assert _count(town) == before + 1


def test_t12_reloading_posts_nothing(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    _to_review(page, "3.33")
    page.click(".review .go")
    page.wait_for_url("**/payments/*")
    before = _count(town), balance(town.alfa, INES)
    page.reload()
    expect(page.locator(".receipt .sum")).to_contain_text("3.33")
    assert (_count(town), balance(town.alfa, INES)) == before


def test_t12_two_tabs_of_one_form_post_once(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    before = _count(town)
    fill_payment(page, INES, OLU, "4.44")
    twin = page.context.new_page()
    twin.goto(page.url)
    for tab in (page, twin):
        tab.fill("#to_account", OLU)
        tab.fill("#to_name", "Olu Danjuma")
        tab.fill("#amount", "4.44")
        when_ready(tab)
        tab.click("text=Review payment")
        expect(tab.locator(".review .go")).to_be_visible()
    for tab in (page, twin):
        tab.click(".review .go")
        tab.wait_for_url("**/payments/*")
    expect(twin.locator("main")).to_contain_text(ALREADY)
    assert twin.url.split("?")[0] == page.url
    assert _count(town) == before + 1


def test_t12_the_button_rests_while_the_answer_is_on_its_way(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    _to_review(page, "5.55")
    when_ready(page)
    held: list[Route] = []
    page.route("**/payment", holding(held))
    page.click(".review .go")
    expect(page.locator(".review .go")).to_be_disabled()
    expect(page.locator(".review .go .busy")).to_be_visible()
    expect(page.locator(".review .go .calm")).to_be_hidden()
    held[0].continue_()
    page.wait_for_url("**/payments/*")


def test_t27_a_slow_answer_gets_calm_words_and_a_way_to_check(visit: Callable[..., Page]) -> None:
    page = visit()
    page.clock.install()
    _to_review(page, "6.66")
    when_ready(page)
    held: list[Route] = []
    page.route("**/payment", holding(held))
    page.click(".review .go")
    expect(page.locator(".review .go")).to_have_text("Posting…", use_inner_text=True)
    expect(page.locator(".late")).to_be_hidden()
    page.clock.fast_forward(9_000)
    expect(page.locator(".late")).to_contain_text("No answer yet.")
    page.click(".late a")
    expect(page.locator("main")).to_contain_text("This form was not posted, and nothing was booked.")


def test_t27_a_lost_answer_leaves_the_form_and_says_how_to_check(
    town: Counters, visit: Callable[..., Page], complaints: list[str]
) -> None:
    page = visit()
    before = _count(town)
    _to_review(page, "7.77")
    when_ready(page)

    def lose_the_answer(route: Route) -> None:
        route.fetch()  # the bank does it
        route.abort()  # and nobody hears of it

    page.route("**/payment", lose_the_answer)
    page.click(".review .go")
    expect(page.locator(".late")).to_be_visible()
    page.unroute("**/payment")
    page.click(".late a")
    expect(page.locator(".receipt .sum")).to_contain_text("7.77")
    assert _count(town) == before + 1
    complaints.clear()  # the browser's own words on the aborted request
