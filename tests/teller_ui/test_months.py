"""An account by month, at the counter and from home: old months are sealed by the bank itself, and read as before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from bank_node.clock import Ids, SystemClock
from bank_node.operations.business_day import DayOrder, close_day
from bank_node.operations.cash import CashOrder, deposit
from bank_node.store.archive import sealed_up_to
from bank_node.store.audit_check import check_chain
from bank_node.store.books import Books
from tests.support.two_counters import INES, OLU, Counters, open_counters, wait_until
from tests.teller_ui.conftest import Browser

OPENING = 2_368_40


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    """In each of the first five months of 2031 a deposit for Ines and one for Olu; what is older than March is sealed,
    by nobody's hand, when the day of April is closed in May."""
    with open_counters(tmp_path_factory.mktemp("town"), drawers=False, archive_after_months=1) as counters:
        bank = counters.alfa.bank
        assert isinstance(bank.clock, SystemClock)
        for month in range(1, 6):
            noon_us = int(datetime(2031, month, 12, 12, tzinfo=UTC).timestamp()) * 1_000_000
            bank.clock.offset_ms += (noon_us - bank.clock.now_us()) // 1_000
            bank.submit_and_wait(close_day, DayOrder(actor="vogt"))
            for number in (INES, OLU):
                bank.submit_and_wait(deposit, CashOrder(number, month * 100, "EUR", "okafor"))

        def sealed() -> str:
            with bank.readers.connection() as connection:
                return sealed_up_to(connection)

        wait_until(lambda: sealed() == "2031-03")
        yield counters


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def rows(page: str) -> list[str]:
    return [text_of(row).strip() for row in re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.S)]


def test_months_stand_with_their_balances_and_what_is_archived_says_so(teller: Browser) -> None:
    page = teller.get(f"/accounts/{INES}/months").text
    found = rows(page)
    assert [row.partition(" 2031")[0] for row in found] == ["May", "April", "March", "February", "January"]
    assert [("Archived" in row, "sealed " in row) for row in found] == [(False, False)] * 2 + [(True, True)] * 3
    assert "2,383.40" in found[0]
    assert "2,369.40" in found[4]
    older = re.findall(r'href="([^"]+before=[^"]+)"', page)[0]
    assert "Nothing was booked in these months" in text_of(teller.get(older).text)


def test_an_archived_month_is_read_as_any_other(teller: Browser, signed_in: Callable[..., Browser]) -> None:
    olu = signed_in("olu")
    for browser, account in ((teller, f"/accounts/{INES}"), (olu, f"/my/accounts/{OLU}")):
        page = browser.get(f"{account}/months").text
        history = re.findall(rf'href="({account}/history\?month=2031-02)"', page)[0]
        entries = browser.get(history).text
        assert entries.count('<td class="num amount plus">+2.00') == 1
        latest, archived = entries.split('<optgroup label="Archived">')
        assert '<option value="2031-02" selected>February 2031</option>' in archived
        assert '<option value="2031-04">April 2031</option>' in latest
        assert f'href="{account}/months"' in entries
        statement = text_of(browser.get(f"{account}/statement?month=2031-02").text)
        assert "All of it is archived" in statement
        assert "All of it is archived" not in text_of(browser.get(f"{account}/statement?month=2031-04").text)
        assert browser.get(f"{account}/statement.csv?month=2031-02").status_code == 200
    own = olu.get(f"/my/accounts/{OLU}").text
    assert '<option value="2031-02">February 2031</option>' in own.split('<optgroup label="Archived">')[1]


def test_an_older_month_that_was_asked_for_stays_chosen(teller: Browser) -> None:
    page = teller.get(f"/accounts/{INES}/history?month=2029-07").text
    assert '<option value="2029-07" selected>July 2029</option>' in page.split('<optgroup label="Archived">')[1]


def test_the_end_of_day_says_what_is_archived_and_the_books_hold(teller: Browser, town: Counters) -> None:
    page = teller.get("/day").text
    assert "Everything up to March 2031 is archived. A month is sealed 1 whole month after its last day." in page
    with town.alfa.bank.readers.connection() as connection:
        assert check_chain(connection).detail == "holds"


def test_months_are_shown_to_who_may_see_the_account_alone(signed_in: Callable[..., Browser]) -> None:
    olu, root, teller = signed_in("olu"), signed_in("root"), signed_in()
    assert olu.get(f"/my/accounts/{INES}/months").status_code == 404
    assert olu.get(f"/accounts/{OLU}/months").status_code == 404
    assert root.get(f"/accounts/{INES}/months").status_code == 403
    assert teller.get(f"/accounts/{INES}/months?before=x").status_code == 200


def test_a_planted_seal_whose_month_is_none_is_named_and_the_page_shows_the_others(
    teller: Browser, town: Counters
) -> None:
    before = rows(teller.get(f"/accounts/{INES}/months").text)

    def plant(books: Books, _now_us: int, _ids: Ids) -> None:
        books.unit.connection.execute("INSERT INTO sealed_months VALUES ('soon', 9, 9, '', 9, 'nobody')")
        books.unit.writes += 1

    town.alfa.bank.submit_and_wait(plant)
    page = teller.get(f"/accounts/{INES}/months")
    assert page.status_code == 200
    assert "“soon” stands among the sealed months and is no month." in text_of(page.text)
    assert rows(page.text) == before
    for other in ("/day", f"/accounts/{INES}/history?month=2031-02", f"/accounts/{INES}/statement?month=2031-02"):
        assert teller.get(other).status_code == 200
