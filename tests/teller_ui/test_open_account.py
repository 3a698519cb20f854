"""A customer and the first account in two steps: opening deposit, the type's rules, a warning of namesakes."""

from __future__ import annotations

import re

import httpx
import pytest

from bank_node.store import queries
from tests.support.two_counters import INES, SCRIPT, Counters
from tests.teller_ui.conftest import Browser
from tests.teller_ui.test_holds import new_key, row


def open_account(teller: Browser, customer: str = "1", **fields: str) -> httpx.Response:
    key = new_key(teller, f"/accounts/new?customer={customer}")
    new = {"key": key, "customer": customer, "type": "current", "currency": "EUR", "opening": "", "label": ""}
    return teller.post("/accounts/new", data={**new, **fields})


def test_the_two_steps_end_with_the_number_to_copy(town: Counters, teller: Browser) -> None:
    key = new_key(teller, "/customers/new")
    first = teller.post("/customers/new", data={"key": key, "name": "Nils Aho"})
    step = teller.get(first.headers["location"], follow_redirects=True).text
    assert "Step 2 of 2." in step
    assert "minimum balance 10.00 EUR, no overdraft, no card" in step
    customer = first.headers["location"].rpartition("=")[2]
    opened = open_account(teller, customer, type="savings", opening="25", label="Boat")
    page = teller.get(opened.headers["location"], follow_redirects=True).text
    number = re.search(r'data-copy="(XF\d\d ALFA \d{4} \d{4} \d\d)"', page)
    assert number is not None
    assert "The account is open." in page
    account = row(town, number[1].replace(" ", ""))
    assert (account.balance_minor, account.floor_minor, account.label) == (25_00, 10_00, "Boat")
    assert "Opening deposit" in page
    assert "Step 2" not in teller.get(f"/accounts/new?customer={customer}", follow_redirects=True).text


def test_the_same_form_opens_one_account(town: Counters, teller: Browser) -> None:
    fields = {"key": new_key(teller, "/accounts/new?customer=2"), "opening": "3"}
    first, again = (open_account(teller, "2", **fields) for _ in range(2))
    assert again.headers["location"] == first.headers["location"].replace("account-opened", "already")
    number = first.headers["location"].removeprefix("/accounts/").partition("?")[0]
    assert row(town, number).balance_minor == 3_00


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"type": "savings"}, "A savings account begins with at least 10.00 EUR."),
        ({"type": "savings", "opening": "9.99"}, "at least 10.00 EUR"),
        ({"opening": "x"}, "is not an amount"),
        ({"currency": "JPY", "opening": "10.5"}, "JPY has no decimals"),
        ({"label": "x" * 150}, "At most 140 characters"),
    ],
)
def test_what_cannot_be_is_said_under_its_field_and_nothing_is_opened(
    town: Counters, teller: Browser, fields: dict[str, str], words: str
) -> None:
    with town.alfa.bank.readers.connection() as connection:
        before = len(queries.accounts_of(connection, 1))
    answer = open_account(teller, **fields)
    assert (answer.status_code, words in answer.text) == (422, True), answer.text
    assert 'aria-invalid="true"' in answer.text
    with town.alfa.bank.readers.connection() as connection:
        assert len(queries.accounts_of(connection, 1)) == before


def test_a_namesake_is_shown_with_what_tells_them_apart(teller: Browser) -> None:
    key = new_key(teller, "/customers/new")
    warned = teller.post("/customers/new", data={"key": key, "name": "  ines   ALBRECHT "})
    assert warned.status_code == 422
    for said in ("Ines Albrecht is a customer already.", 'href="/customers/1"', "born 4 May 1987", "customer since"):
        assert said in warned.text
    opened = teller.post("/customers/new", data={"key": key, "name": "ines ALBRECHT", "another": "yes"})
    assert opened.status_code == 303


def test_a_script_as_a_label_is_printed_and_never_run(teller: Browser) -> None:
    opened = open_account(teller, label=SCRIPT)
    page = teller.get(opened.headers["location"], follow_redirects=True).text
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


def test_the_empty_search_shows_whom_this_teller_had_last(teller: Browser, signed_in: object) -> None:
    for number in ("3", "1", "2", "1"):
        teller.get(f"/customers/{number}")
    found = re.findall(r'href="/customers/(\d+)"', teller.get("/customers/find").text)
    assert found[:3] == ["1", "2", "3"]
    assert "Customers you had last" in teller.get("/customers").text
    other: Browser = signed_in("lindt")  # type: ignore[operator]
    assert "Latest customers" in other.get("/customers").text


@pytest.mark.parametrize("asked", ["albre", INES, f"{INES[:4]} {INES[4:8]} {INES[8:12]}", "5550 147"])
def test_a_customer_is_found_by_name_number_and_phone(teller: Browser, asked: str) -> None:
    assert "Ines Albrecht" in teller.get("/customers/find", params={"q": asked}).text
