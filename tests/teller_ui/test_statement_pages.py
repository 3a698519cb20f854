"""History and statement pages, as plain requests: filters, papers, the signed address, scripts in every text (S17)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from xml.etree.ElementTree import fromstring

import pytest

from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.orders import TransferOrder
from bank_node.operations.send_transfer import send_transfer
from bank_node.statements.link import GOOD_FOR_S
from tests.support.two_counters import INES, INES_SAVINGS, OLU, PETRA, SCRIPT, TOMAS, Counters
from tests.teller_ui.conftest import Browser


@pytest.fixture(scope="module", autouse=True)
def entries(town: Counters) -> None:
    """Petra <b>Falk</b> gets 25 deposits, and a payment that says a script."""
    bank = town.alfa.bank
    for euros in range(1, 26):
        bank.submit_and_wait(deposit, CashOrder(PETRA, euros * 100, "EUR", "okafor", f"Nr. {euros} {SCRIPT}"))
    order = TransferOrder(PETRA, "BRVO", TOMAS, 7_77, "EUR", SCRIPT, "=HYPERLINK()", actor="okafor")
    bank.submit_and_wait(send_transfer, order)


def rows(page: str) -> int:
    return page.count('<td class="num amount')


def test_the_latest_twenty_come_at_once_and_older_ones_follow(teller: Browser) -> None:
    page = teller.get(f"/accounts/{PETRA}/history").text
    assert rows(page) == 20
    older = unescape(re.findall(r'href="([^"]+before=\d+)"', page)[0])
    assert rows(teller.get(older).text) == 7


@pytest.mark.parametrize(
    ("query", "count"),
    [("q=nr.+7", 2), ("q=hyperlink", 1), (f"q={TOMAS}", 1), ("least=24&most=25.00", 2), ("until=2001-01-01", 0),
     ("month=2001-01", 0), ("q=%3Cscript%3E&most=2", 2), ("q=7,77", 1)],
)  # fmt: skip
def test_a_history_is_filtered_on_the_page(teller: Browser, query: str, count: int) -> None:
    page = teller.get(f"/accounts/{PETRA}/history?{query}").text
    assert rows(page) == count
    assert ("No entry fits" in page) == (count == 0)


@pytest.mark.parametrize(
    "query", ["from=x", "until=2026-02-31", "month=2026-13", "least=abc", "from=2026-11-02&until=2026-11-01"]
)
def test_what_cannot_be_a_filter_is_said_under_its_field(teller: Browser, query: str) -> None:
    answer = teller.get(f"/accounts/{PETRA}/history?{query}")
    assert answer.status_code == 422
    assert 'class="error"' in answer.text


def papers(browser: Browser, path: str) -> dict[str, str]:
    page = browser.get(path).text
    found = dict(re.findall(r'<a class="btn" href="([^"]+)">(PDF|CSV|camt\.053)</a>', page))
    return {name: unescape(href) for href, name in found.items()}


def test_a_statement_has_its_balances_and_its_papers(teller: Browser) -> None:
    page = teller.get(f"/accounts/{PETRA}/statement").text
    assert "Opening balance" in page
    assert "Closing balance" in page
    assert rows(page) == 27
    assert "more may be booked" in page
    found = papers(teller, f"/accounts/{PETRA}/statement")
    text = teller.get(found["CSV"]).content.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert len(table) == 30
    assert table[-2][7] == "'=HYPERLINK()"
    xml = teller.get(found["camt.053"])
    assert xml.headers["content-disposition"].endswith('.xml"')
    assert "Petra <b>Falk</b>" in "".join(fromstring(xml.content).itertext())


def test_the_pdf_needs_no_signing_in_until_its_address_expires(
    teller: Browser, visitor: Browser, town: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = papers(teller, f"/accounts/{PETRA}/statement?month=2026-11")["PDF"]
    answer = visitor.get(path)
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    for spoilt in (path.replace(PETRA, INES), path.replace("2026-11-30", "2026-12-31"), path[:-1], path.split("?")[0]):
        refused = visitor.get(spoilt)
        assert (refused.status_code, "not one the bank gave out" in refused.text) == (403, True), spoilt
    now_us = town.alfa.bank.clock.now_us
    monkeypatch.setattr(type(town.alfa.bank.clock), "now_us", lambda _self: now_us() + GOOD_FOR_S * 1_000_000)
    expired = visitor.get(path)
    assert (expired.status_code, "has expired" in expired.text) == (403, True)


def test_other_days_are_chosen_and_wrong_ones_refused(teller: Browser) -> None:
    assert (
        "1 Jan 2026 to 5 Jan 2026" in teller.get(f"/accounts/{PETRA}/statement?from=2026-01-01&until=2026-01-05").text
    )
    answer = teller.get(f"/accounts/{PETRA}/statement?from=2026-01-05&until=2026-01-01")
    assert (answer.status_code, "lies before the first one" in answer.text) == (422, True)
    for ending in ("csv", "xml"):
        assert teller.get(f"/accounts/{PETRA}/statement.{ending}?from=x").status_code == 422


def test_screen_51_asks_for_the_account(teller: Browser) -> None:
    assert "Of which account" in teller.get("/statement").text
    assert teller.get("/statement", params={"account": PETRA}).headers["location"] == f"/accounts/{PETRA}/statement"
    assert teller.get("/statement", params={"account": "XF1"}).status_code == 422


def test_no_text_becomes_markup_on_page_or_paper(signed_in: Callable[..., Browser]) -> None:
    teller = signed_in()
    for path in (f"/accounts/{PETRA}/history", f"/accounts/{PETRA}/statement"):
        page = teller.get(path).text
        assert SCRIPT not in page
        assert "<b>Falk" not in page
        assert "&lt;script&gt;" in page


def test_a_customer_has_the_same_pages_for_his_own_accounts_alone(signed_in: Callable[..., Browser]) -> None:
    olu, teller = signed_in("olu"), signed_in()
    for page in ("history", "statement", "statement.csv", "statement.xml"):
        assert olu.get(f"/my/accounts/{OLU}/{page}").status_code == 200
        assert olu.get(f"/my/accounts/{INES_SAVINGS}/{page}").status_code == 404
        assert olu.get(f"/accounts/{OLU}/{page}").status_code == 404
        assert teller.get(f"/my/accounts/{OLU}/{page}").status_code == 403
        assert teller.get(f"/accounts/XF1/{page}").status_code == 404
    own = papers(olu, f"/my/accounts/{OLU}/statement")
    assert own["CSV"].startswith(f"/my/accounts/{OLU}/statement.csv")
    assert "/entries/" not in olu.get(f"/my/accounts/{OLU}/history").text


def test_the_customers_page_leads_to_history_and_statement(teller: Browser) -> None:
    page = teller.get("/customers/1").text
    assert f"/accounts/{INES}/history" in page
    assert f"/accounts/{INES}/statement" in page


def test_a_receipt_is_the_original_once_and_a_copy_ever_after(teller: Browser, town: Counters) -> None:
    bank = town.alfa.bank
    cash = bank.submit_and_wait(deposit, CashOrder(INES, 1_00, "EUR", "okafor", SCRIPT))
    paid = bank.submit_and_wait(send_transfer, TransferOrder(INES, "BRVO", TOMAS, 2_00, "EUR", SCRIPT, actor="okafor"))
    for page in (f"/entries/{cash.id}", f"/payments/{paid.id}"):
        assert f'action="{page}/receipt"' in teller.get(page).text
        first, second = (teller.post(f"{page}/receipt").text for _ in range(2))
        assert ("COPY" in first, "COPY" in second) == (False, True)
        assert paid.id in first or f"entry {cash.id}" in first
        assert "<nav" not in first
        assert SCRIPT not in first
        assert "COPY" in teller.get(page).text  # what a browser prints of the page by itself
    assert teller.post("/entries/999999/receipt").status_code == 404
    assert teller.post("/payments/none/receipt").status_code == 404
