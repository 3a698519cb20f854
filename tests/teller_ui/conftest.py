"""Two banks whose pages are asked for over real HTTP, one pair for each file of tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.two_counters import PASSWORD, Counter, Counters, open_counters


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    folder: Path = tmp_path_factory.mktemp("town")
    with open_counters(folder) as counters:
        yield counters


class Browser(httpx.Client):
    """A browser as the server sees it: cookies, and the header that says which page a request came from."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(base_url=counter.url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=20)

    def sign_in(self, username: str = "okafor", password: str = PASSWORD, next_: str = "") -> httpx.Response:
        return self.post("/sign-in", data={"username": username, "password": password, "next": next_})


@pytest.fixture
def visitor(town: Counters) -> Iterator[Browser]:
    """Somebody at ALFA's door."""
    with Browser(town.alfa) as browser:
        yield browser


@pytest.fixture
def signed_in(town: Counters) -> Iterator[Callable[..., Browser]]:
    """`signed_in("lindt")`: a browser of that member of staff, at ALFA unless said otherwise."""
    browsers: list[Browser] = []

    def open_browser(username: str = "okafor", counter: Counter | None = None) -> Browser:
        browser = Browser(counter or town.alfa)
        browsers.append(browser)
        assert browser.sign_in(username).status_code == 303
        return browser

    yield open_browser
    for browser in browsers:
        browser.close()


@pytest.fixture
def teller(signed_in: Callable[..., Browser]) -> Browser:
    return signed_in()
