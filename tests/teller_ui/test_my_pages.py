"""A customer's own pages, as plain forms: his accounts, his payments, and nothing else there for him."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bank_node.store import queries
from tests.support.two_counters import FROZEN, INES, OLU, TOMAS, YEN, Counters, wait_until
from tests.teller_ui.conftest import Browser


@pytest.fixture
def olu(signed_in: Callable[..., Browser]) -> Browser:
    return signed_in("olu")


def form_of(browser: Browser, path: str = "/my/payment") -> str:
    return browser.get(path).headers["location"].rpartition("form=")[2]


def pay(browser: Browser, to: str, amount: str, from_: str = OLU, step: str = "", **more: str) -> object:
    data = {"key": form_of(browser), "from_account": from_, "to_account": to, "amount": amount, **more}
    return browser.post(f"/my/payment{step}", data=data)


def balance(town: Counters, number: str) -> int:
    with town.alfa.bank.readers.connection() as connection:
        row = queries.account(connection, number)
        assert row is not None
        return row.balance_minor


def test_a_customer_comes_in_to_his_own_accounts(visitor: Browser) -> None:
    assert visitor.sign_in("olu").headers["location"] == "/"
    assert visitor.get("/").headers["location"] == "/my"
    page = visitor.get("/my").text
    for number in (OLU, FROZEN, YEN):
        assert f"/my/accounts/{number}" in page
    assert "Ines" not in page
    assert 'action="/customers"' not in page  # no search box
    assert "Cash in" not in page.split("Entries")[0]


def test_what_is_somebody_elses_is_not_there(olu: Browser, teller: Browser) -> None:
    data = {"key": "k" * 20, "from_account": INES, "to_account": OLU, "amount": "1.00"}
    others = teller.post("/payment", data=data).headers["location"].rpartition("/")[2]
    for path in (f"/my/accounts/{INES}", f"/my/accounts/{TOMAS}", "/my/accounts/x", "/my/payments/none"):
        assert olu.get(path).status_code == 404, path
    assert olu.get(f"/my/payments/{others}").status_code == 404  # an entry inside is the payer's payment
    for path in ("/customers", "/customers/1", f"/accounts/{OLU}", "/payment", "/cash/in", "/audit", "/staff"):
        answer = olu.get(path)
        assert (answer.status_code, "There is no page at this address" in answer.text) == (404, True), path


def test_a_payment_is_reviewed_and_posted_once(olu: Browser, town: Counters) -> None:
    before = balance(town, OLU)
    key = form_of(olu)
    data = {"key": key, "from_account": OLU, "to_account": INES, "amount": "12,50", "reference": "Lunch"}
    review = olu.post("/my/payment/review", data=data)
    assert "Twelve euros and fifty cents".lower() in review.text.lower()
    assert "Ines" not in review.text  # whose account it is, the bank does not tell
    first, second = (olu.post("/my/payment", data=data) for _ in range(2))
    assert first.headers["location"].startswith("/my/payments/")
    assert second.headers["location"] == first.headers["location"] + "?notice=already"
    assert balance(town, OLU) == before - 12_50
    page = olu.get(first.headers["location"]).text
    assert "Lunch" in page
    assert olu.get(f"/forms/my-payment/{key}").headers["location"] == first.headers["location"]


def test_a_payment_to_another_bank_gets_there(olu: Browser) -> None:
    path = pay(olu, TOMAS, "3.00", to_name="Tomas Riva").headers["location"]  # type: ignore[attr-defined]
    wait_until(lambda: "BRVO has it" in olu.get(path).text)
    assert path in olu.get("/my/payments").text


@pytest.mark.parametrize(
    ("from_", "to", "amount", "words"),
    [
        (INES, OLU, "1.00", "Choose one of your accounts"),
        ("", INES, "1.00", "Choose one of your accounts"),
        (OLU, OLU, "1.00", "same account"),
        (OLU, INES, "100000", "There is not enough money"),
        (OLU, "nonsense", "1.00", "account number"),
        (FROZEN, INES, "1.00", "frozen for debits"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_moves(
    olu: Browser, town: Counters, from_: str, to: str, amount: str, words: str
) -> None:
    before = [balance(town, number) for number in (INES, OLU, FROZEN)]
    answer = pay(olu, to, amount, from_)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert words in answer.text  # type: ignore[attr-defined]
    assert [balance(town, number) for number in (INES, OLU, FROZEN)] == before


def test_entries_are_found_by_words_by_amount_and_by_month(olu: Browser, teller: Browser) -> None:
    for amount, words in (("41.07", "Market takings"), ("0.99", "Umbrella")):
        data = {"key": form_of(teller, "/cash/in"), "account": OLU, "amount": amount, "reference": words}
        assert teller.post("/cash/in", data=data).status_code == 303
    path = f"/my/accounts/{OLU}"
    for asked in ("umbrella", "0.99"):
        found = olu.get(path, params={"q": asked}).text
        assert ("Umbrella" in found, "Market takings" in found) == (True, False), asked
    assert "No entry fits." in olu.get(path, params={"month": "2020-01"}).text
    assert "No entry fits." in olu.get(path, params={"q": "zeppelin"}).text
    assert olu.get(path, params={"month": "0001-01"}).status_code == 404


def test_a_customer_changes_his_password_and_sees_his_sessions_only(olu: Browser) -> None:
    page = olu.get("/sessions").text
    assert "Everybody" not in page
    assert olu.get("/password").status_code == 200
    assert olu.get("/my/cards").status_code == 200


def test_a_statement_is_of_ones_own_account_only(olu: Browser) -> None:
    assert olu.get(f"/my/accounts/{OLU}/statement").status_code in (200, 303)
    assert olu.get(f"/my/accounts/{INES}/statement").status_code == 404
