"""Confirmation of payee across banks: the other bank's word under the account field, and never in a payment's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bank_node.ledger.account import make_number
from tests.support.two_counters import (
    CLOSED_AT_BRVO,
    INES,
    NAMES,
    PETRA,
    TOMAS,
    Counters,
    open_counters,
    wait_until,
)
from tests.teller_ui.conftest import Browser

PATIENT_MS = 10_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    folder: Path = tmp_path_factory.mktemp("payees")
    with open_counters(folder, payee_wait_ms=PATIENT_MS) as counters:
        for counter, other in ((counters.alfa, "BRVO"), (counters.brvo, "ALFA")):
            wait_until(lambda counter=counter, other=other: counter.bank.keyring.knows(other))
        yield counters


def said(browser: Browser, number: str, **other: str) -> str:
    asked = {"role": "payee", "field": "to_account", "to_account": number, **other}
    return browser.get("/accounts/said", params=asked).text


def test_the_other_bank_names_its_customer(teller: Browser) -> None:
    assert "Tomas Riva, at BRVO" in said(teller, TOMAS)


def test_an_account_the_other_bank_does_not_have_is_said_to_be_none(teller: Browser) -> None:
    for number in (CLOSED_AT_BRVO, make_number("BRVO", 999)):
        assert "BRVO says it has no such account." in said(teller, number)


def test_an_account_numbered_in_another_way_is_asked_of_the_bank_that_was_chosen(teller: Browser) -> None:
    assert "BRVO says it has no such account." in said(teller, "DE-17-4", to_bank="BRVO")


def test_a_name_from_another_bank_is_text_and_not_a_page(town: Counters, signed_in: Callable[..., Browser]) -> None:
    words = said(signed_in("okafor", town.brvo), PETRA)
    assert "Petra &lt;b&gt;Falk&lt;/b&gt;, at ALFA" in words


def test_the_review_says_whose_the_account_is(teller: Browser) -> None:
    said(teller, TOMAS)
    key = teller.get("/payment").headers["location"].rpartition("form=")[2]
    fields = {"key": key, "from_account": INES, "to_account": TOMAS, "amount": "1.00"}
    assert "the account belongs to this name" in teller.post("/payment/review", data=fields).text
    matching = teller.post("/payment/review", data={**fields, "to_name": "tomas riva"}).text
    assert "name matches" in matching
    another = teller.post("/payment/review", data={**fields, "to_name": "Thomas River"}).text
    assert "the account belongs to Tomas Riva, not to Thomas River" in another


def test_the_banks_are_offered_by_the_names_they_give_themselves(teller: Browser) -> None:
    page = teller.get(teller.get("/payment").headers["location"]).text
    assert f"BRVOXFXX, {NAMES['BRVO']}" in page
    assert "ALFAXFXX (this bank)" in page


def test_without_a_word_from_there_the_line_says_so_and_the_payment_is_posted(
    tmp_path: Path,
) -> None:
    with open_counters(tmp_path, payee_wait_ms=1) as town, Browser(town.alfa) as teller:
        wait_until(lambda: town.alfa.bank.keyring is not None and town.alfa.bank.keyring.knows("BRVO"))
        town.hold("BRVO")
        assert teller.sign_in().status_code == 303
        assert "Kept by BRVO, which has not said yet whose it is." in said(teller, TOMAS)
        key = teller.get("/payment").headers["location"].rpartition("form=")[2]
        fields = {"key": key, "from_account": INES, "to_account": TOMAS, "amount": "1.00"}
        assert "BRVO checks the account" in teller.post("/payment/review", data=fields).text
        assert teller.post("/payment", data=fields).status_code == 303
        town.release("BRVO")


@pytest.mark.parametrize(
    ("how", "means"),
    [
        ("required", "Payments there wait here until it is"),
        ("optional", "whoever reaches the broker can speak for them"),
    ],
)
def test_needs_attention_names_the_banks_of_whom_no_key_is_on_file(tmp_path: Path, how: str, means: str) -> None:
    with open_counters(tmp_path, peer_auth=how, authority_public_key="") as town, Browser(town.alfa) as teller:
        assert teller.sign_in().status_code == 303
        page = teller.get("/attention").text
        assert "No key is on file of BRVO." in page
        assert means in page


def test_where_every_bank_is_known_nobody_is_called_unverified(teller: Browser) -> None:
    assert "Unverified" not in teller.get("/attention").text
