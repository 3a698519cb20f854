"""Hands on a keyboard: what is written and pressed is first reached by Tab, as a teller without a mouse reaches it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import when_ready

TABS_MAX = 120


class Hands:
    """`page` is at a counter; without JavaScript there is no palette, and addresses are typed."""

    def __init__(self, page: Page, javascript: bool) -> None:
        self.page, self.javascript = page, javascript

    def screen(self, code: str, path: str) -> None:
        """Goes to the screen with this two-digit code."""
        if not self.javascript:
            self.page.goto(path)
            return
        when_ready(self.page)
        self.page.keyboard.press("Control+k")
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"**{path}*")
        when_ready(self.page)

    def write(self, field: str, text: str) -> None:
        self._reach(self.page.locator(field))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def press(self, name: str, role: str = "button") -> None:
        """A button, or a link, by what it says first."""
        found = self.page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        self._reach(found)
        self.page.keyboard.press("Enter")

    def follow(self, link: str) -> None:
        """The first of the links that the selector finds."""
        self._reach(self.page.locator(link).first)
        self.page.keyboard.press("Enter")

    def _reach(self, wanted: Locator) -> None:
        expect(wanted).to_be_visible()
        for _ in range(TABS_MAX):
            if wanted.evaluate("it => it === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {wanted}")
