"""What goes wrong on a page is told as a page, and on the API of the same app as a problem."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from bank_node.bank import Bank
from bank_node.broker.memory import MemoryBroker
from bank_node.main import bank_of, create_app
from bank_node.opening import close_bank
from tests.support.counter import Http
from tests.support.two_counters import INES, settings_of
from tests.teller_ui.conftest import Browser

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_frameworks_refusals_are_pages_here_and_problems_there(teller: Browser, headers: dict[str, str]) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/payment", 405), ("GET", "/api/v1/no", 404)):
        answer = teller.request(method, path, headers=headers)
        is_api = path.startswith("/api/")
        wanted = "application/problem+json" if is_api else "text/html"
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, wanted)
        assert answer.text.lstrip().startswith("{" if is_api else "<")
    large = teller.post("/payment", data={"reference": "x" * 70_000}, headers=headers)
    assert (large.status_code, large.headers["content-type"].split(";")[0]) == (413, "text/html")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_nul_in_an_address_is_told_as_a_page_before_anybody_is_asked_who_he_is(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    app = create_app(settings_of(tmp_path, "ALFA", {"ALFA": 8001}), MemoryBroker())
    with closing(Http(app)) as http:
        for path in ("/customers?q=%00", "/why/queue?id=a%00", "/sign-in?next=%00", "/nowhere?x=%00"):
            answer = http.get(path, headers=headers)
            assert (answer.status_code, "NUL" in answer.text) == (422, True), path
            assert answer.headers["content-type"].startswith("text/html")
        for path in ("/payments/%00", "/received/BRVO/a%00", "/accounts/%00", "/%00"):
            answer = http.get(path, headers=headers)
            assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (404, "text/html"), path
    close_bank(bank_of(app))


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_nobody_foresaw_is_a_page_without_a_word_from_inside(
    teller: Browser, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def explode(*_: object) -> None:
        raise RuntimeError("the password of the vault is 1234")

    monkeypatch.setattr(Bank, "submit", explode)
    answer = teller.post("/cash/in", data={"key": "k", "account": INES, "amount": "1"}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (500, "text/html")
    for word in ("vault", "RuntimeError", "Traceback"):
        assert word not in answer.text
