"""T21, keyboard first: the palette with every screen and deed, the keys of a form, what can be switched off."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from teller_ui.screens import SCREENS
from tests.browser.conftest import when_ready
from tests.support.two_counters import INES


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    page = visit()
    when_ready(page)
    return page


def command(page: Page, typed: str) -> None:
    when_ready(page)
    page.keyboard.press("Control+k")
    expect(page.locator("#command")).to_be_focused()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def test_t21_every_screen_and_deed_by_name_or_code(page: Page) -> None:
    for typed, heading in (("31", "Payment"), ("received", "Payments received"), ("14", "Issue a card")):
        command(page, typed)
        expect(page.locator("h1")).to_have_text(heading)
    page.keyboard.press("Control+k")
    offered = page.locator("#palette .screens a", has_text="Counter").locator("i").all_inner_texts()
    assert offered == [screen.code for screen in SCREENS if screen.group == "Counter"]
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.goto("/customers/1")
    for typed, heading in (
        ("change the acc", "Current account"),
        ("901", "Ines Albrecht"),
        ("902", "Open an account"),
    ):
        command(page, typed)  # what this page offers: by its name, by its place
        expect(page.locator("h1")).to_contain_text(heading)
    with page.expect_response("**/theme"):
        command(page, "light")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    command(page, "sign out")
    page.wait_for_url("**/sign-in*")


def test_t21_slash_searches_and_escape_closes(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("dan")
    expect(page.locator("#found a")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#found a")).to_have_count(0)
    page.keyboard.type("danj")
    expect(page.locator("#found a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Olu Danjuma")


def test_t21_control_enter_posts_and_the_focus_returns_after_a_dialog(page: Page) -> None:
    page.goto("/cash/in")
    when_ready(page)
    page.fill("#account", INES)
    page.focus("#amount")
    for keys in ("Control+k", "?"):
        page.keyboard.press(keys)
        page.keyboard.press("Escape")
        expect(page.locator("#amount")).to_be_focused()
    page.fill("#amount", "1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/entries/*")


STEP = """() => {
  const it = document.activeElement, box = it.closest("label.choice") || it;
  const {left, right, top, bottom} = box.getBoundingClientRect();
  return {name: it.id || it.name || it.innerText, left, right, top: top + scrollY, bottom: bottom + scrollY,
          where: it.closest("#found, header.bank, nav.rail, main")?.nodeName || ""};
}"""


@pytest.mark.parametrize("width", [1320, 660, 320])
def test_t21_tab_goes_as_the_eye_does(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 760})
    page.goto("/payment?customer=1")
    walked = []
    for _ in range(80):
        page.keyboard.press("Tab")
        walked.append(page.evaluate(STEP))
        if walked[-1]["name"] == "Cancel":
            break
    assert {it["where"] for it in walked} >= {"HEADER", "NAV", "MAIN"}
    for one, next_ in pairwise(walked):
        if one["where"] == next_["where"]:  # below 900 px the rail is a bar at the foot, still before the work
            goes_up = next_["bottom"] <= one["top"] + 2 and next_["left"] < one["right"] - 2
            goes_left = next_["right"] <= one["left"] + 2 and next_["top"] < one["bottom"] - 2
            assert not goes_up, (one, next_)
            assert not goes_left, (one, next_)


def test_t21_question_mark_lists_keys_and_single_letters_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    page.locator("body").press("/")
    expect(page.locator("#q")).not_to_be_focused()
    page.reload()
    page.locator("body").press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
