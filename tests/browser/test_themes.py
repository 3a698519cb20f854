"""T30: dark and light, paper, and screens that have no room for a table."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import pay
from tests.support.two_counters import INES, TOMAS, Counters

# Of each table: whether its rows are cards, with what the head would say beside the figures.
LAID_OUT = """() => [...document.querySelectorAll("main table")].map(it => [
  getComputedStyle(it.rows[1]).display, it.tHead.getBoundingClientRect().height <= 1])"""
PAPER = "() => getComputedStyle(document.body).backgroundColor"


def test_t30_dark_mode_print_and_small_screens(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit("vogt", color_scheme="dark")
    page.goto("/cash/in")
    dark = page.evaluate(PAPER)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(PAPER)
    assert dark != light  # as the system says
    page.fill("#amount", "7")
    with page.expect_response("**/theme"):
        page.click("[aria-label^=Switch]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#amount")).to_have_value("7.00")
    page.reload()
    assert page.evaluate(PAPER) == dark  # against the system, as was chosen
    page.goto(f"{town.brvo.url}/sign-in")
    assert page.get_attribute("html", "data-theme") is None  # another bank's choice is its own
    page.goto(f"{town.alfa.url}/cash/in")
    pay(page, INES, TOMAS, "2")
    expect(page.locator(".stop.done")).to_have_count(6)
    page.emulate_media(media="print")
    for hidden in ("header.bank", "nav.rail", "#line", "#hops"):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"  # on paper it is day
    page.emulate_media(media="screen")
    payment = page.url
    for path in (payment, "/payments/sent", "/customers", "/customers/1", "/audit", "/day"):
        page.set_viewport_size({"width": 639, "height": 760})
        page.goto(path)
        tables = page.evaluate(LAID_OUT)
        assert path == "/day" or tables, path
        assert all(table == ["grid", True] for table in tables), (path, tables)
    page.set_viewport_size({"width": 1320, "height": 760})
    page.goto("/payments/sent")
    assert page.evaluate(LAID_OUT) == [["table-row", False]]
