"""T31: several banks side by side in one browser, and many tabs of each.

A browser keeps six connections to a bank for all its tabs, and a stream takes one of them. A headless browser holds
every tab for visible, so the tests say which one is looked at.
"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import when_ready
from tests.support.two_counters import PASSWORD, Counters, wait_until

LOOKED_AT = """(() => {
  let hidden = %s;
  Object.defineProperty(document, "hidden", { get: () => hidden });
  window.lookAt = (seen) => { hidden = !seen; document.dispatchEvent(new Event("visibilitychange")); };
})()"""


class Tab:
    """One tab of a browser, and how many streams it holds."""

    def __init__(self, page: Page, *, seen: bool) -> None:
        self.page, self.streams = page, 0
        page.add_init_script(LOOKED_AT % ("false" if seen else "true"))
        page.on("request", lambda request: self._count(request, 1))
        page.on("requestfinished", lambda request: self._count(request, -1))
        page.on("requestfailed", lambda request: self._count(request, -1))

    def _count(self, request: Request, more: int) -> None:
        if "/stream" in request.url:
            self.streams += more

    def look(self, seen: bool) -> None:
        self.page.evaluate(f"lookAt({'true' if seen else 'false'})")

    def holds(self, streams: int) -> None:
        def is_so() -> bool:
            self.page.wait_for_timeout(20)  # lets the browser tell what became of its requests
            return self.streams == streams

        wait_until(is_so, 10)


def test_t31_several_banks_side_by_side(town: Counters, visit: Callable[..., Page]) -> None:
    """Eight tabs of two banks: each bank has its own face, each tab loads, and only those looked at hold a stream."""
    first = visit()
    at_brvo = first.context.new_page()
    at_brvo.goto(f"{town.brvo.url}/sign-in")
    at_brvo.fill("#username", "okafor")
    at_brvo.fill("#password", PASSWORD)
    at_brvo.click("button")
    at_brvo.wait_for_url("**/customers")
    tabs: dict[str, list[Tab]] = {town.alfa.url: [], town.brvo.url: []}
    for url in (town.alfa.url, town.brvo.url):
        for number in range(7 if url == town.alfa.url else 1):  # the seventh is one more than a browser's connections
            tab = Tab(first.context.new_page(), seen=True)
            tab.page.goto(f"{url}/payments/{'sent' if number % 2 else 'received'}", timeout=5_000)
            when_ready(tab.page)
            tab.holds(1)
            tabs[url].append(tab)
            if number < 6 and url == town.alfa.url:
                tab.look(False)
                tab.holds(0)
    faces = []
    for url, letter in ((town.alfa.url, "A"), (town.brvo.url, "B")):
        page = tabs[url][-1].page
        assert page.title().startswith(f"[{letter}] Payments")
        icon = page.request.get(f"{url}/favicon.svg").text()
        assert f">{letter}</text>" in icon
        faces.append((icon, page.evaluate("getComputedStyle(document.querySelector('.crest, header')).color")))
        faces.append((icon, page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--hue')")))
    assert len(set(faces)) == len(faces)
    back = tabs[town.alfa.url][0]
    back.look(True)  # its news are there as soon as somebody looks
    back.holds(1)
    town.broker.go_away()
    expect(back.page.locator("#net")).to_contain_text("Network down")
    town.broker.come_back()
    expect(back.page.locator("#net")).not_to_contain_text("Network down")


def test_t31_a_tab_opened_in_the_background_holds_no_stream_until_it_is_looked_at(visit: Callable[..., Page]) -> None:
    tab = Tab(visit().context.new_page(), seen=False)
    tab.page.goto("/payments/sent")
    when_ready(tab.page)
    tab.page.wait_for_timeout(200)
    assert tab.streams == 0
    tab.look(True)
    tab.holds(1)
    assert "stale" not in (tab.page.locator("body").get_attribute("class") or "")
