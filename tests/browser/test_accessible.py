"""What stands on a page for a moment, under axe: the banner and the dialogs. Whole pages: see `test_every_page`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.two_counters import Counters


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
