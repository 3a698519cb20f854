"""Freezing, typing, limiting and naming an account; notes and alerts on the customer's page."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from tests.support.two_counters import INES, OLU, PETRA, SCRIPT, TOMAS, Counters
from tests.teller_ui.conftest import Browser
from tests.teller_ui.test_holds import new_key, row


@pytest.fixture
def supervisor(signed_in: Callable[..., Browser]) -> Browser:
    return signed_in("vogt")


def change(browser: Browser, number: str, what: str, **fields: str) -> httpx.Response:
    page = browser.get(f"/accounts/{number}/change").text
    form = re.search(rf'id="change-{what}".*?name="key" value="([^"]+)".*?name="version" value="([^"]+)"', page, re.S)
    assert form is not None
    data = {"key": form[1], "version": form[2], **fields}
    return browser.post(f"/accounts/{number}/change/{what}", data=data)


def pay(browser: Browser, number: str) -> httpx.Response:
    key = new_key(browser, "/payment")
    return browser.post("/payment", data={"key": key, "from_account": number, "to_account": TOMAS, "amount": "1"})


def test_a_frozen_account_takes_money_and_pays_none_and_its_chip_says_so(town: Counters, supervisor: Browser) -> None:
    done = change(supervisor, OLU, "state", state="debit_frozen", reason="asked by phone")
    page = supervisor.get(done.headers["location"], follow_redirects=True).text
    assert "Debits frozen" in page
    assert "takes money in and pays none out" in page
    assert "frozen for debits" in pay(supervisor, OLU).text
    change(supervisor, OLU, "state", state="open", reason="it was her")
    assert row(town, OLU).state == "open"
    assert pay(supervisor, OLU).status_code == 303


def test_a_change_needs_a_reason_and_an_account_with_money_is_not_closed(town: Counters, supervisor: Browser) -> None:
    answer = change(supervisor, INES, "state", state="blocked", reason="")
    assert (answer.status_code, "Say why" in answer.text) == (422, True)
    closed = change(supervisor, INES, "state", state="closed", reason="moved")
    assert closed.status_code == 422
    assert "pay them out first" in closed.text
    assert row(town, INES).state == "open"


def test_an_overdraft_and_a_minimum_are_set_in_the_banks_own_words(town: Counters, supervisor: Browser) -> None:
    assert change(supervisor, PETRA, "limit", kind="overdraft", limit="1,000.00").status_code == 303
    assert row(town, PETRA).floor_minor == -1_000_00
    too_far = change(supervisor, PETRA, "limit", kind="overdraft", limit="5000.01")
    assert (too_far.status_code, "by at most 5,000.00 EUR" in too_far.text) == (422, True)
    too_much = change(supervisor, PETRA, "limit", kind="minimum", limit="6")
    assert (too_much.status_code, "are there and not held" in too_much.text) == (422, True)
    assert "is not an amount" in change(supervisor, PETRA, "limit", kind="minimum", limit="x").text
    assert change(supervisor, PETRA, "limit", kind="overdraft", limit="0").status_code == 303
    assert row(town, PETRA).floor_minor == 0


def test_a_type_is_changed_and_its_rules_hold(town: Counters, supervisor: Browser) -> None:
    assert change(supervisor, OLU, "type", type="savings").status_code == 303
    assert (row(town, OLU).type, row(town, OLU).floor_minor) == ("savings", 10_00)
    assert change(supervisor, OLU, "type", type="business").status_code == 303
    assert row(town, OLU).floor_minor == 0


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(town: Counters, supervisor: Browser) -> None:
    version = str(row(town, PETRA).version - 1)
    data = {"key": "k" * 20, "version": version, "type": "business"}
    answer = supervisor.post(f"/accounts/{PETRA}/change/type", data=data)
    assert answer.status_code == 409
    assert "Somebody changed the account meanwhile." in answer.text
    assert row(town, PETRA).type == "current"


def test_a_teller_names_the_account_and_decides_nothing_else(town: Counters, teller: Browser) -> None:
    page = teller.get(f"/accounts/{INES}/change").text
    assert "change-label" in page
    assert "change-state" not in page
    done = change(teller, INES, "label", label=SCRIPT)
    shown = teller.get(done.headers["location"], follow_redirects=True).text
    assert SCRIPT not in shown
    assert "&lt;script&gt;" in shown
    refused = teller.post(f"/accounts/{INES}/change/state", data={"state": "blocked", "reason": "x"})
    assert refused.status_code == 404
    assert row(town, INES).state == "open"
    assert change(teller, INES, "label", label="").status_code == 303
    assert row(town, INES).label is None


def test_an_alert_stands_on_top_until_somebody_ends_it(town: Counters, teller: Browser, supervisor: Browser) -> None:
    path = f"/customers/{row(town, PETRA).customer_id}"
    written = teller.post(f"{path}/notes", data={"key": "a" * 20, "kind": "alert", "text": SCRIPT})
    assert written.headers["location"] == f"{path}#notes"
    again = teller.post(f"{path}/notes", data={"key": "a" * 20, "kind": "alert", "text": SCRIPT})
    assert "already" in again.headers["location"]
    teller.post(f"{path}/notes", data={"key": "b" * 20, "text": "Speak up"})
    page = supervisor.get(path).text
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 1
    assert SCRIPT not in page
    assert "Speak up" in page
    end = re.search(r'banner bad alert.*?action="([^"]+/end)".*?value="([^"]+)"', page, re.S)
    assert end is not None
    for _ in range(2):
        assert supervisor.post(end[1], data={"key": end[2]}).headers["location"] == f"{path}?notice=note-ended"
    after = supervisor.get(path).text
    assert "banner bad alert" not in after
    assert "ended by vogt" in after
    empty = teller.post(f"{path}/notes", data={"key": "c" * 20, "text": ""})
    assert (empty.status_code, "What should the next one know?" in empty.text) == (422, True)
    assert teller.post("/customers/999/notes", data={"key": "d" * 20, "text": "x"}).status_code == 404


def test_the_page_has_purse_holds_payments_entries_cards_and_notes(town: Counters, teller: Browser) -> None:
    town.hold("BRVO")
    try:
        assert pay(teller, INES).status_code == 303
        teller.post("/cards/new", data={"key": new_key(teller, "/cards/new"), "account": INES})
        key = new_key(teller, "/holds/new")
        teller.post("/holds/new", data={"key": key, "account": INES, "amount": "1", "reason": "cheque"})
        page = teller.get(f"/accounts/{INES}", follow_redirects=True).text
    finally:
        town.release("BRVO")
    for sheet in ("purse", "account", "holds", "under-way", "entries", "cards", "notes"):
        assert f'id="{sheet}"' in page
    assert "Ledger balance" in page
    assert "Money on hold" in page
