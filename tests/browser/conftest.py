"""Debian's Chromium, driven by Playwright. Without it these tests are skipped by name; with CI=true they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from bank_node.store import queries
from tests.support.two_counters import PASSWORD, Counter, Counters, open_counters

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")  # not the session's: while it lives it keeps an event loop in the thread of all tests
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        words = "no Chromium on this machine: apt install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    with open_counters(tmp_path_factory.mktemp("town")) as counters:
        yield counters


@pytest.fixture
def heal(town: Counters) -> Iterator[None]:
    """Whatever a test did to the broker is undone."""
    yield
    town.broker.come_back()
    for bank in ("ALFA", "BRVO"):
        town.release(bank)


class Complaints(list[str]):
    """What a page complained of in the browser's console; a refusal or a missing page is none."""

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", lambda said: self._keep(said.type, said.text))

    def _keep(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(
            f"status of {n}" in text for n in (401, 403, 404, 409, 422, 429, 503)
        ):
            self.append(text)


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Empty at the end of every test: CSP reports, script errors and missing files are failures."""
    kept = Complaints()
    yield kept
    assert kept == []


@pytest.fixture
def visit(chromium: Browser, town: Counters, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    """`visit()`: a new browser with a page at ALFA's counter, signed in; options go to Playwright's context."""
    contexts: list[BrowserContext] = []

    def open_page(username: str = "okafor", counter: Counter | None = None, **options: object) -> Page:
        context = chromium.new_context(
            base_url=(counter or town.alfa).url,
            **{"viewport": {"width": 1320, "height": 760}, **options},  # type: ignore[arg-type]
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        complaints.listen(page)
        if username:
            page.goto("/sign-in")
            page.fill("#username", username)
            page.fill("#password", PASSWORD)
            page.click("button")
            page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()


def when_ready(page: Page) -> None:
    """htmx comes late; what depends on it waits."""
    page.wait_for_selector("html[data-htmx=ready]")


def balance(counter: Counter, number: str) -> int:
    with counter.bank.readers.connection() as connection:
        row = queries.account(connection, number)
    assert row is not None
    return row.balance_minor


def holding(held: list[Route]) -> Callable[[Route], None]:
    """Keeps requests on their way until the test lets them go."""

    def hold(route: Route) -> None:
        held.append(route)

    return hold


def fill_payment(page: Page, from_: str, to: str, amount: str, name: str = "Tomas Riva") -> None:
    page.goto(f"/payment?from_account={from_}")
    page.fill("#to_account", to)
    page.fill("#to_name", name)
    page.fill("#amount", amount)


def pay(page: Page, from_: str, to: str, amount: str, name: str = "Tomas Riva") -> None:
    """From the form over the review to the payment's page."""
    fill_payment(page, from_, to, amount, name)
    page.click("text=Review payment")
    page.click(".review .go")
    page.wait_for_url("**/payments/*")
