"""The broker is away: the page says so by itself, work goes on, the count falls by itself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import pay
from tests.support.two_counters import INES, TOMAS, Counters

pytestmark = pytest.mark.usefixtures("heal")


def test_t09_broker_down_can_i_go_on(town: Counters, visit: Callable[..., Page]) -> None:
    watcher, teller = visit(), visit()
    watcher.evaluate("window.stayed = true")
    town.broker.go_away()
    banner = watcher.locator("#banner .banner.wait")
    expect(banner).to_contain_text(re.compile(r"The network has been down since \d\d:\d\d\."))
    expect(banner).to_contain_text("Payments are booked and safely queued; they leave by themselves when it is back.")
    expect(watcher.locator("#banner .bad")).to_have_count(0)
    expect(watcher.locator("#net")).to_have_text("Network down, queuing")
    for amount in ("1", "2", "3"):
        pay(teller, INES, TOMAS, amount)
    expect(teller.locator(".stop.now")).to_contain_text("the network is down; it waits safely here")
    expect(watcher.locator("#banner .queued")).to_have_text("3 queued")
    assert "Traceback" not in watcher.content() + teller.content()
    town.broker.come_back()
    expect(watcher.locator("#banner .banner")).to_have_count(0)
    expect(watcher.locator("#net")).to_have_text("Network up")
    expect(teller.locator(".stop.done")).to_have_count(6)
    assert watcher.evaluate("window.stayed")


def test_without_javascript_the_banner_stands_on_every_page(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    town.broker.go_away()
    page.wait_for_timeout(300)
    page.goto("/payments/sent")
    expect(page.locator("#banner")).to_contain_text("Counter work goes on.")
