"""axe finds nothing on any page, in both themes; nothing scrolls sideways down to 320 px."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import pay, when_ready
from tests.support.two_counters import CLOSED_AT_BRVO, INES, TOMAS, Counters

PATHS = (
    "/customers",
    "/customers?q=zzz",
    "/customers/1",
    "/customers/2",
    "/customers/new",
    "/accounts/new?customer=1",
    "/cash/in",
    "/cash/out?customer=1",
    "/payment?customer=1",
    "/payments/sent",
    "/payments/received",
    "/attention",
    "/screens",
    "/entries/1",
    "/nothing",
)


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    return [f"{v['id']}: {node['html'][:120]}" for v in found.response["violations"] for node in v["nodes"]]


def look(page: Page) -> None:
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        assert _violations(page) == [], (page.url, theme)
    for width in (320, 640, 900, 1000):
        page.set_viewport_size({"width": width, "height": 720})
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert over <= 0, (page.url, width, over)
    page.set_viewport_size({"width": 1320, "height": 760})


@pytest.fixture
def looker(visit: Callable[..., Page]) -> Page:
    """axe is put into the page by the test, past the page's own rules."""
    return visit(bypass_csp=True)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_in_both_themes(looker: Page, path: str) -> None:
    looker.goto(path)
    look(looker)


def test_the_door_is_accessible_with_and_without_an_error(visit: Callable[..., Page]) -> None:
    page = visit("", bypass_csp=True)
    page.goto("/sign-in?notice=ended")
    look(page)
    page.fill("#username", "nobody")
    page.fill("#password", "not a password")
    page.click("button")
    expect(page.locator("[role=alert]")).to_be_visible()
    look(page)


def test_a_form_with_errors_and_its_review_are_accessible(looker: Page) -> None:
    looker.goto("/payment")
    when_ready(looker)
    looker.click("text=Review payment")
    expect(looker.locator("[aria-invalid=true]").first).to_be_visible()
    look(looker)
    looker.fill("#from_account", INES)
    looker.fill("#to_account", TOMAS)
    looker.fill("#amount", "1")
    looker.click("text=Review payment")
    expect(looker.locator(".review")).to_be_visible()
    look(looker)


@pytest.mark.usefixtures("heal")
def test_the_payment_page_is_accessible_wherever_the_money_is(town: Counters, looker: Page) -> None:
    town.hold("BRVO")
    pay(looker, INES, TOMAS, "1")
    expect(looker.locator(".stop.now")).to_be_visible()
    look(looker)
    town.release("BRVO")
    expect(looker.locator(".stop.done")).to_have_count(6)
    look(looker)
    pay(looker, INES, CLOSED_AT_BRVO, "1")
    expect(looker.locator(".stop.failed")).to_be_visible()
    look(looker)


@pytest.mark.usefixtures("heal")
def test_the_banner_is_accessible(town: Counters, looker: Page) -> None:
    town.broker.go_away()
    expect(looker.locator("#banner .banner")).to_be_visible()
    look(looker)


def test_palette_and_keys_are_accessible(looker: Page) -> None:
    looker.keyboard.press("Control+k")
    expect(looker.locator("#palette")).to_be_visible()
    look(looker)
    looker.keyboard.press("Escape")
    looker.locator("body").press("?")
    expect(looker.locator("#keys")).to_be_visible()
    look(looker)
