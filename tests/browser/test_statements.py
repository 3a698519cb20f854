"""T18 and T19 in a real browser: the receipt on its own small paper, the statement on A4, with and without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.orders import TransferOrder
from bank_node.operations.send_transfer import send_transfer
from tests.support.two_counters import PETRA, SCRIPT, TOMAS, Counters

A6, A4 = (105, 148), (210, 297)  # mm


@pytest.fixture(scope="module")
def paid(town: Counters) -> str:
    """Petra gets 120 deposits and pays; whatever is written says a script. The payment's id."""
    bank = town.alfa.bank
    for euros in range(1, 121):
        bank.submit_and_wait(deposit, CashOrder(PETRA, euros * 100, "EUR", "okafor", f"Nr. {euros} {SCRIPT}"))
    order = TransferOrder(PETRA, "BRVO", TOMAS, 7_77, "EUR", SCRIPT, f"for {SCRIPT}", actor="okafor")
    return str(bank.submit_and_wait(send_transfer, order).id)


def printed(page: Page) -> tuple[int, tuple[int, int]]:
    """How many pages come out, and how large they are in mm."""
    paper = page.pdf(prefer_css_page_size=True, print_background=False)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    width, height = (round(float(size) / 72 * 25.4) for size in sizes[0])
    return len(sizes), (width, height)


def test_t18_receipt(visit: Callable[..., Page], paid: str) -> None:
    page = visit()
    page.goto(f"/payments/{paid}")
    for marked in (False, True):
        page.goto(f"/payments/{paid}")
        page.get_by_role("button", name="Print receipt").press("Enter")
        expect(page.locator("section.receipt")).to_contain_text(paid)
        expect(page.locator(".copy-mark")).to_have_count(int(marked))
        expect(page.locator("nav")).to_have_count(0)
        page.emulate_media(media="print")
        expect(page.locator(".no-print")).to_be_hidden()
        assert printed(page) == (1, A6)
        page.emulate_media(media="screen")
    page.reload()  # orders again
    expect(page.locator(".copy-mark")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    expect(page).to_have_url(re.compile(f"/payments/{paid}$"))


def test_t18_receipt_without_javascript(visit: Callable[..., Page], paid: str) -> None:
    page = visit(java_script_enabled=False)
    page.goto(f"/payments/{paid}")
    page.get_by_role("button", name="Print receipt").click()
    expect(page.locator("section.receipt")).to_contain_text(paid)


def test_t19_statement(visit: Callable[..., Page], paid: str, tmp_path: Path) -> None:
    page = visit()
    page.goto("/statement")
    page.fill("#account", PETRA)
    page.press("#account", "Enter")
    expect(page.locator("section.statement")).to_contain_text("Closing balance")
    expect(page.locator("section.statement tbody tr")).to_have_count(124)
    page.emulate_media(media="print")
    expect(page.locator("nav.rail")).to_be_hidden()
    pages, size = printed(page)
    assert size == A4
    assert 2 <= pages <= 8
    page.emulate_media(media="screen")
    for paper, ending in (("CSV", "csv"), ("camt.053", "xml"), ("PDF", "pdf")):
        with page.expect_download() as download:
            page.get_by_role("link", name=paper, exact=True).click()
        assert download.value.suggested_filename.endswith(f".{ending}")
    page.fill("#from", "2020-01-01")
    page.fill("#until", "2020-01-31")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("section.statement")).to_contain_text("January 2020")
    expect(page.locator("section.statement tbody tr")).to_have_count(2)


def test_t19_history_is_looked_through_without_javascript(visit: Callable[..., Page], paid: str) -> None:
    page = visit(java_script_enabled=False)
    page.goto(f"/accounts/{PETRA}/history")
    rows = page.locator("#entries tbody tr")
    expect(rows).to_have_count(20)
    page.get_by_role("link", name="Older entries").click()
    expect(rows).to_have_count(20)
    page.fill("#words", "nr. 77")
    page.get_by_role("button", name="Show").click()
    expect(rows).to_have_count(1)
    page.fill("#least", "nonsense")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#least-says")).to_contain_text("is not an amount")
