"""What a teller does at the counter, as plain forms: no JavaScript anywhere in this file."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from bank_node.ledger.account import group, make_number
from bank_node.store import queries, transfer_queries
from tests.support.two_counters import (
    CLOSED_AT_BRVO,
    FROZEN,
    INES,
    INES_SAVINGS,
    OLU,
    PETRA,
    TOMAS,
    YEN,
    Counters,
    wait_until,
)
from tests.teller_ui.conftest import Browser


def _open(teller: Browser, path: str) -> tuple[str, str]:
    """(address with its key, the key) of a new form."""
    address = teller.get(path).headers["location"]
    return address, address.rpartition("form=")[2]


def _balance(town: Counters, number: str) -> int:
    with town.alfa.bank.readers.connection() as connection:
        row = queries.account(connection, number)
        assert row is not None
        return row.balance_minor


def _pay(teller: Browser, to: str, amount: str, from_: str = INES, **other: str) -> httpx.Response:
    _, key = _open(teller, "/payment")
    fields = {"key": key, "from_account": from_, "to_account": to, "amount": amount}
    return teller.post("/payment", data={**fields, **other})


def _cash_in(teller: Browser, number: str, amount: str, key: str) -> httpx.Response:
    return teller.post("/cash/in", data={"key": key, "account": number, "amount": amount})


def test_cash_in_ends_in_a_receipt_with_postings_that_sum_to_zero(town: Counters, teller: Browser) -> None:
    before = _balance(town, OLU)
    _, key = _open(teller, "/cash/in")
    data = {"key": key, "account": group(OLU).lower(), "amount": "1,234.50", "reference": "Market takings"}
    answer = teller.post("/cash/in", data=data)
    assert answer.status_code == 303
    page = teller.get(answer.headers["location"]).text
    for said in ("One thousand two hundred", "1,234.50", "−1,234.50", "+1,234.50", "Market takings", "M. Okafor"):
        assert said.lower() in page.lower()
    assert _balance(town, OLU) == before + 1_234_50


def test_cash_out_of_more_than_there_is_says_so_under_the_amount(town: Counters, teller: Browser) -> None:
    _, key = _open(teller, "/cash/out")
    answer = teller.post("/cash/out", data={"key": key, "account": PETRA, "amount": "5.01"})
    assert answer.status_code == 422
    assert re.search(r'id="amount-says"><p class="error">', answer.text)
    assert 'value="5.01"' in answer.text
    assert _balance(town, PETRA) == 5_00


@pytest.mark.parametrize(
    ("number", "amount", "words"),
    [
        ("", "1", "Which account?"),
        ("XF00 ALFA 0000 0000 01", "1", "check digits do not fit"),
        (make_number("ALFA", 77), "1", "There is no such account at this bank."),
        (INES, "", "How much?"),
        (INES, "0", "must be above zero"),
        (INES, "-5", "is not an amount"),
        (INES, "10.0055", "EUR has 2 decimals"),
        (INES, "1.005", "can be read in two ways"),
        (INES, "1,500", "write 1500 or 1.50"),
        (INES, "1 50", "is not an amount"),
        (YEN, "10.5", "JPY has no decimals"),
        (INES, "99999999999999999", "too large"),
        (INES, "twelve", "is not an amount"),
    ],
)
def test_what_cannot_be_is_refused_under_its_field(teller: Browser, number: str, amount: str, words: str) -> None:
    _, key = _open(teller, "/cash/in")
    answer = _cash_in(teller, number, amount, key)
    assert answer.status_code == 422
    assert words in answer.text
    assert answer.text.count('aria-invalid="true"') == 1


def test_a_form_posted_twice_books_once_and_leads_to_the_same_receipt(town: Counters, teller: Browser) -> None:
    before = _balance(town, INES_SAVINGS)
    _, key = _open(teller, "/cash/in")
    first, second = (_cash_in(teller, INES_SAVINGS, "20", key) for _ in range(2))
    assert second.headers["location"] == first.headers["location"] + "?notice=already"
    assert "Already posted." in teller.get(second.headers["location"]).text
    assert _balance(town, INES_SAVINGS) == before + 20_00


def test_a_repeat_is_known_even_where_the_first_one_took_the_last_money(town: Counters, teller: Browser) -> None:
    _, key = _open(teller, "/payment")
    data = {"key": key, "from_account": PETRA, "to_account": OLU, "amount": "5.00"}
    first, second = (teller.post("/payment", data=data) for _ in range(2))
    assert second.headers["location"] == first.headers["location"] + "?notice=already"
    assert _balance(town, PETRA) == 0
    assert _pay(teller, PETRA, "5.00", from_=OLU).status_code == 303


def test_a_posted_form_opened_again_leads_to_its_receipt(teller: Browser) -> None:
    address, key = _open(teller, "/cash/in")
    receipt = _cash_in(teller, INES, "1", key).headers["location"]
    assert teller.get(address).headers["location"] == f"{receipt}?notice=already"


def test_reloading_a_form_keeps_its_key(teller: Browser) -> None:
    address, key = _open(teller, "/payment")
    assert f'name="key" value="{key}"' in teller.get(address).text
    assert teller.get(address).text.count(key) == teller.get(address).text.count(key) > 0


def test_other_details_under_a_posted_key_are_refused_with_the_way_to_the_receipt(
    town: Counters, teller: Browser
) -> None:
    _, key = _open(teller, "/cash/in")
    receipt = _cash_in(teller, INES, "3", key).headers["location"]
    before = _balance(town, INES)
    answer = _cash_in(teller, INES, "4", key)
    assert answer.status_code == 409
    assert "posted before, with other details" in answer.text
    assert f'href="{receipt}"' in answer.text
    assert _balance(town, INES) == before


def test_a_key_of_somebody_else_is_a_key_of_ones_own(signed_in: Callable[..., Browser], town: Counters) -> None:
    one, other = signed_in("okafor"), signed_in("okafor", town.brvo)
    _, key = _open(one, "/cash/in")
    assert _cash_in(one, INES, "1", key).status_code == 303
    answer = other.post("/cash/in", data={"key": key, "account": TOMAS, "amount": "1"})
    assert "already" not in answer.headers["location"]


def test_a_spoilt_key_is_replaced(teller: Browser) -> None:
    assert _cash_in(teller, INES, "1", "<b>").status_code == 303


def test_a_lost_answer_can_be_asked_for_by_the_forms_key(teller: Browser) -> None:
    _, key = _open(teller, "/cash/in")
    before = teller.get(f"/forms/cash-in/{key}")
    assert "This form was not posted, and nothing was booked." in before.text
    receipt = _cash_in(teller, INES, "2", key).headers["location"]
    assert teller.get(f"/forms/cash-in/{key}").headers["location"] == receipt


def test_the_review_says_the_payment_again_in_words_and_figures(teller: Browser) -> None:
    _, key = _open(teller, "/payment")
    data = {"key": key, "from_account": INES, "to_account": TOMAS, "to_name": "Tomas Riva", "amount": "12,5"}
    page = teller.post("/payment/review", data={**data, "reference": "Lunch"}).text
    for said in (
        "Twelve euros and fifty cents.",
        "Send 12.50 EUR to Tomas Riva",
        "Ines Albrecht",
        group(TOMAS),
        "Lunch",
    ):
        assert said in page
    assert f'name="key" value="{key}"' in page


def test_the_review_can_be_changed_and_nothing_is_booked(town: Counters, teller: Browser) -> None:
    before = _balance(town, INES)
    data = {"key": "k" * 20, "from_account": INES, "to_account": TOMAS, "amount": "7.00", "reference": "Tea"}
    page = teller.post("/payment/edit", data=data).text
    assert 'value="7.00"' in page
    assert 'value="Tea"' in page
    assert _balance(town, INES) == before


def test_a_payment_to_another_bank_arrives_and_its_page_tells_the_road(town: Counters, teller: Browser) -> None:
    address = _pay(teller, TOMAS, "12.50", to_name="Tomas Riva", reference="Lunch").headers["location"]
    wait_until(lambda: "Completed" in teller.get(address).text)
    page = teller.get(address).text
    for said in ("Payment to Tomas Riva", "Read at BRVO", "Credited", "Confirmed", "partition", "in all", "Lunch"):
        assert said in page
    assert page.count("BRVO&#39;s clock") >= 2


def test_the_other_bank_shows_its_own_side(town: Counters, signed_in: Callable[..., Browser]) -> None:
    alfa, brvo = signed_in(), signed_in("okafor", town.brvo)
    id_ = _pay(alfa, TOMAS, "1.23").headers["location"].rpartition("/")[2]
    wait_until(lambda: id_ in brvo.get("/payments/received").text)
    page = brvo.get(f"/payments/received/ALFA/{id_}").text
    for said in ("Payment from Ines Albrecht", "Read here", "once and for all", "1.23"):
        assert said in page


def test_a_refused_payment_comes_back_and_needs_attention(town: Counters, teller: Browser) -> None:
    before = _balance(town, OLU)
    address = _pay(teller, CLOSED_AT_BRVO, "9.99", from_=OLU).headers["location"]
    wait_until(lambda: "Sent back" in teller.get(address).text)
    assert "The account is closed (AC04). The money is back on the account." in teller.get(address).text
    assert _balance(town, OLU) == before
    attention = teller.get("/attention").text
    assert "9.99" in attention
    assert re.search(r'id="badge-41" class="badge">\d', attention)


def test_a_payment_inside_the_bank_is_final_at_once(teller: Browser) -> None:
    page = teller.get(_pay(teller, OLU, "5.00").headers["location"]).text
    assert "in the same entry" in page
    assert "Completed" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"to_account": make_number("ZZZZ", 1)}, "There is no bank ZZZZ in this federation. It has ALFA, BRVO."),
        ({"to_account": INES}, "Payer and payee are the same account."),
        ({"to_account": ""}, "Which account?"),
        ({"to_account": "XF12 BRVO 1"}, "has 18 characters"),
        ({"to_bank": "ALFA"}, "This account is kept by BRVO, not by ALFA."),
        ({"to_account": make_number("ALFA", 77)}, "There is no such account at this bank."),
        ({"from_account": TOMAS}, "There is no such account at this bank."),
        ({"amount": "999999.00"}, "is available"),
        ({"to_account": YEN}, "kept in JPY"),
        ({"from_account": FROZEN, "to_account": OLU}, "debit"),
        ({"reference": "x" * 150}, "At most 140 characters"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_in_words_and_moves_nothing(
    town: Counters, teller: Browser, fields: dict[str, str], words: str
) -> None:
    before = _balance(town, INES)
    _, key = _open(teller, "/payment")
    good = {"key": key, "from_account": INES, "to_account": TOMAS, "amount": "1.00"}
    answer = teller.post("/payment", data={**good, **fields})
    assert answer.status_code == 422
    assert words in answer.text
    assert _balance(town, INES) == before
    assert teller.post("/payment", data=good).status_code == 303  # the refusal kept the key free


def test_the_name_under_a_payee_at_this_bank_is_confirmed(teller: Browser) -> None:
    said = teller.get("/accounts/said", params={"role": "payee", "field": "to_account", "to_account": OLU}).text
    assert "Olu Danjuma, at this bank" in said


def test_the_currency_follows_the_account(teller: Browser) -> None:
    said = teller.get("/accounts/said", params={"role": "payer", "field": "from_account", "from_account": YEN}).text
    assert 'value="JPY"' in said
    assert 'data-decimals="0"' in said


@pytest.mark.parametrize("asked", ["albre", "ines alb", group(INES), INES.lower(), "5550147", "5550 147"])
def test_a_customer_is_found_by_what_is_known_of_him(teller: Browser, asked: str) -> None:
    assert "Ines Albrecht" in teller.get("/customers/find", params={"q": asked}).text


def test_a_payment_is_found_by_its_id(teller: Browser) -> None:
    address = _pay(teller, TOMAS, "1.00").headers["location"]
    assert teller.get("/customers", params={"q": address.rpartition("/")[2]}).headers["location"] == address


def test_nobody_found_says_what_to_try(teller: Browser) -> None:
    assert "Try a name" in teller.get("/customers/find", params={"q": "zzzz"}).text
    assert teller.get("/customers/find", params={"q": "z"}).text.strip() == ""


def test_older_entries_are_one_link_away(town: Counters, teller: Browser) -> None:
    for _ in range(12):
        assert _cash_in(teller, FROZEN, "1", _open(teller, "/cash/in")[1]).status_code == 303
    with town.alfa.bank.readers.connection() as connection:
        row = queries.account(connection, FROZEN)
    assert row is not None
    page = teller.get(f"/customers/{row.customer_id}", params={"account": FROZEN}).text
    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older is not None
    assert "Opening deposit" not in page
    assert "Opening deposit" in teller.get(older.group(1).replace("&amp;", "&")).text


def test_a_customer_and_an_account_are_opened_once(teller: Browser) -> None:
    _, key = _open(teller, "/customers/new")
    data = {"key": key, "name": "Ada  Kirst", "phone": "+49 40 1", "born": "1990-02-03"}
    first, again = (teller.post("/customers/new", data=data) for _ in range(2))
    customer = first.headers["location"].removeprefix("/accounts/new?customer=")
    assert again.headers["location"] == f"/customers/{customer}?notice=already"
    _, key = _open(teller, first.headers["location"])
    new = {"key": key, "customer": customer, "type": "current", "currency": "KWD"}
    opened = teller.post("/accounts/new", data=new)
    page = teller.get(opened.headers["location"], follow_redirects=True).text
    assert "Ada Kirst" in page
    assert "KWD" in page
    assert re.search(r"XF\d\d ALFA", page)


def test_a_second_customer_of_the_same_name_is_opened_on_demand_only(teller: Browser) -> None:
    data = {"key": _open(teller, "/customers/new")[1], "name": "ines albrecht"}
    answer = teller.post("/customers/new", data=data)
    assert answer.status_code == 422
    assert "Ines Albrecht is a customer already." in answer.text
    assert teller.post("/customers/new", data={**data, "another": "yes"}).status_code == 303


def test_htmx_gets_the_form_alone_with_its_errors(teller: Browser) -> None:
    data = {"key": _open(teller, "/cash/in")[1], "account": INES, "amount": "x"}
    answer = teller.post("/cash/in", data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer.text.startswith('<form id="work"')


def test_htmx_is_sent_to_the_receipt(teller: Browser) -> None:
    data = {"key": _open(teller, "/cash/in")[1], "account": INES, "amount": "1"}
    answer = teller.post("/cash/in", data=data, headers={"HX-Request": "true"})
    assert answer.headers["hx-redirect"].startswith("/entries/")


def test_a_customers_name_is_printed_and_never_run(town: Counters, teller: Browser) -> None:
    name = "Eve <script>alert(1)</script>"
    opened = teller.post("/customers/new", data={"key": "e" * 20, "name": name, "phone": "<hx-x>"})
    where = "/customers/" + opened.headers["location"].rpartition("=")[2]
    _pay(teller, TOMAS, "1.00", to_name=name, reference="<img src=x onerror=alert(1)>")
    with town.alfa.bank.readers.connection() as connection:
        newest = transfer_queries.transfers(connection, limit=1)[0].transaction_id
    pages = [where, f"/payments/{newest}", "/payments/sent", "/customers", "/customers?q=<script>alert(1)</script>"]
    for path in (*pages, "/customers/find?q=eve", f"{where}?account=<script>", "/cash/in?form=<script>", "/attention"):
        page = teller.get(path, follow_redirects=True).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "<hx-x>" not in page, path


@pytest.mark.parametrize(
    "path",
    [
        "/customers/999",
        "/customers/99999999999999999999999",
        "/payments/nothing",
        "/payments/received/BRVO/nothing",
        "/entries/999999",
        "/entries/99999999999999999999999",
        "/accounts/XF1",
        "/forms/payment/short",
        "/go/99",
        "/nothing/here",
        "/static/../counter.py",
    ],
)
def test_what_is_not_there_says_so_in_words(teller: Browser, path: str) -> None:
    answer = teller.get(path)
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]
    assert "Traceback" not in answer.text


def test_every_code_leads_to_its_screen(teller: Browser) -> None:
    assert teller.get("/go/31").headers["location"] == "/payment"
    assert teller.get("/go/44").headers["location"] == "/payments/received"
