"""Money asked back and money given back, between two banks' counters: returns, recalls and their answers, as forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from bank_node.operations.accounts import StateChange, change_state
from bank_node.store import queries
from bank_node.store.unclaimed import unclaimed
from tests.support.two_counters import INES, OLU, PETRA, TOMAS, Counter, Counters, wait_until
from tests.teller_ui.conftest import Browser


def balance(counter: Counter, number: str) -> int:
    with counter.bank.readers.connection() as connection:
        row = queries.account(connection, number)
    assert row is not None
    return row.balance_minor


def a_completed_payment(sender: Browser, amount: str = "7.50", from_: str = INES) -> str:
    """From ALFA to Tomas at BRVO; its id."""
    key = sender.get("/payment").headers["location"].rpartition("form=")[2]
    data = {"key": key, "from_account": from_, "to_account": TOMAS, "amount": amount, "to_name": "Tomas Riva"}
    address = sender.post("/payment", data=data).headers["location"]
    wait_until(lambda: "Completed" in sender.get(address).text)
    return address.rpartition("/")[2]


def opened(browser: Browser, path: str) -> tuple[str, str]:
    """(page, key) of a new form."""
    address = browser.get(path).headers["location"]
    return browser.get(address).text, address.rpartition("form=")[2]


@pytest.fixture
def alfa(signed_in: Callable[..., Browser]) -> Browser:
    return signed_in("okafor")


@pytest.fixture
def brvo(signed_in: Callable[..., Browser], town: Counters) -> Browser:
    """The supervisor of the other bank."""
    return signed_in("vogt", town.brvo)


def test_a_payment_is_returned_in_part_once_however_often_the_form_is_sent(
    town: Counters, alfa: Browser, brvo: Browser
) -> None:
    id_ = a_completed_payment(alfa)
    before = balance(town.alfa, INES)
    path = f"/payments/received/ALFA/{id_}"
    assert f'href="{path}/return"' in brvo.get(path).text
    page, key = opened(brvo, f"{path}/return")
    assert "7.50 EUR can be returned." in page
    data = {"key": key, "amount": "2.50", "reason": "Not his"}
    review = brvo.post(f"{path}/return/review", data=data).text
    for said in (
        "Return 2.50 EUR to Ines Albrecht",
        "Two euros and fifty cents.",
        "Not his",
        f'action="{path}/return"',
    ):
        assert said in unescape(review)
    receipts = {brvo.post(f"{path}/return", data=data).headers["location"].partition("?")[0] for _ in range(3)}
    (receipt,) = receipts
    wait_until(lambda: "Completed" in brvo.get(receipt).text)
    assert balance(town.alfa, INES) == before + 2_50
    page = brvo.get(receipt).text
    assert "Return to Ines Albrecht" in page
    assert f'href="{path}"' in page, "the return leads to what it returns"
    page = brvo.get(path).text
    assert "Partly returned" in page
    assert "2.50 EUR of it were returned by vogt." in page
    assert f'href="{receipt}"' in page
    assert "Partly returned" in alfa.get(f"/payments/{id_}").text
    assert "Partly returned" in brvo.get("/payments/received").text


def test_left_empty_the_rest_is_returned_and_then_nothing_is_left(town: Counters, alfa: Browser, brvo: Browser) -> None:
    id_ = a_completed_payment(alfa, "3.00")
    path = f"/payments/received/ALFA/{id_}"
    _, key = opened(brvo, f"{path}/return")
    receipt = brvo.post(f"{path}/return", data={"key": key, "amount": "", "reason": ""}).headers["location"]
    wait_until(lambda: "Completed" in brvo.get(receipt).text)
    page = brvo.get(path).text
    assert "Returned" in page
    assert f'href="{path}/return"' not in page
    answer = brvo.post(f"{path}/return", data={"key": "n" * 20})
    assert (answer.status_code, "All of it was returned before." in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("amount", "words"), [("7.51", "7.50 EUR of it are left"), ("x", "is not an amount"), ("0", "above zero")]
)
def test_more_than_came_is_never_returned(alfa: Browser, brvo: Browser, amount: str, words: str) -> None:
    path = f"/payments/received/ALFA/{a_completed_payment(alfa)}"
    answer = brvo.post(f"{path}/return", data={"key": "m" * 20, "amount": amount})
    assert (answer.status_code, answer.text.count('aria-invalid="true"')) == (422, 1)
    assert words in answer.text


def test_an_open_payment_is_taken_back_and_its_money_comes_by_the_answer(town: Counters, alfa: Browser) -> None:
    before = balance(town.alfa, INES)
    town.hold("BRVO")
    key = alfa.get("/payment").headers["location"].rpartition("form=")[2]
    data = {"key": key, "from_account": INES, "to_account": TOMAS, "amount": "4.00"}
    address = alfa.post("/payment", data=data).headers["location"]
    assert ">Take back</a>" in alfa.get(address).text
    page, key = opened(alfa, f"{address}/call-back")
    assert "as soon as it has refused, and not before" in page
    for _ in range(2):
        assert alfa.post(f"{address}/call-back", data={"key": key}).headers["location"].startswith(address)
    page = alfa.get(address).text
    assert "Being checked" in page
    assert ">Take back</a>" not in page
    assert balance(town.alfa, INES) == before - 4_00
    town.release("BRVO")
    wait_until(lambda: "Completed" in alfa.get(address).text or "Sent back" in alfa.get(address).text)


def test_a_completed_payment_is_asked_back_and_its_answer_stands_on_the_page(
    town: Counters, alfa: Browser, brvo: Browser
) -> None:
    id_ = a_completed_payment(alfa)
    address = f"/payments/{id_}"
    page, key = opened(alfa, f"{address}/call-back")
    assert "Ask BRVO for 7.50 EUR" in page
    for _ in range(2):
        alfa.post(f"{address}/call-back", data={"key": key, "reason": "Sent twice"})
    page = alfa.get(address).text
    assert "Recall asked" in page
    assert "okafor asked BRVO for its return" in page
    assert "Ask for its return" not in page
    assert "Recall asked" in alfa.get("/payments/sent").text
    wait_until(lambda: "Sent twice" in brvo.get("/attention").text)
    desk = unescape(brvo.get("/attention").text)
    assert "ALFA asks back 7.50 EUR that Tomas Riva was given. “Sent twice.”" in desk
    assert "Recall asked" in brvo.get("/payments/received").text
    answer = re.search(r'href="(/attention/recall/[^"]+/answer)"', desk)
    assert answer is not None
    page, key = opened(brvo, answer[1])
    assert "Tomas Riva" in page
    path = answer[1].rpartition("/")[0]
    refused = brvo.post(f"{path}/refuse", data={"key": key, "reason": ""})
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    assert brvo.post(f"{path}/refuse", data={"key": key, "reason": "He keeps it"}).status_code == 303
    wait_until(lambda: "He keeps it" in alfa.get(address).text)
    page = alfa.get(address).text
    assert "BRVO refused" in page
    assert "Recall asked" not in page
    assert "vogt refused" in brvo.get(f"/payments/received/ALFA/{id_}").text
    assert "It was refused by vogt" in brvo.get(answer[1]).text


def test_agreeing_returns_the_money_once(town: Counters, alfa: Browser, brvo: Browser) -> None:
    id_ = a_completed_payment(alfa)
    before = balance(town.alfa, INES)
    _, key = opened(alfa, f"/payments/{id_}/call-back")
    alfa.post(f"/payments/{id_}/call-back", data={"key": key})
    wait_until(lambda: id_ in brvo.get("/attention/recall").text)
    (path,) = re.findall(r'href="(/attention/recall/[^"]+)/answer"', brvo.get("/attention/recall").text)
    _, key = opened(brvo, f"{path}/answer")
    data = {"key": key, "amount": "", "reason": ""}
    receipts = {brvo.post(f"{path}/agree", data=data).headers["location"].partition("?")[0] for _ in range(3)}
    (receipt,) = receipts
    wait_until(lambda: "Completed" in brvo.get(receipt).text)
    assert balance(town.alfa, INES) == before + 7_50
    wait_until(lambda: "agreed" in alfa.get(f"/payments/{id_}").text)
    assert "Returned" in alfa.get(f"/payments/{id_}").text
    assert "Answered by vogt" in brvo.get("/attention/recall?seen=yes").text


def test_a_teller_sees_a_recall_and_cannot_answer_it(
    town: Counters, alfa: Browser, brvo: Browser, signed_in: Callable[..., Browser]
) -> None:
    id_ = a_completed_payment(alfa)
    _, key = opened(alfa, f"/payments/{id_}/call-back")
    alfa.post(f"/payments/{id_}/call-back", data={"key": key})
    wait_until(lambda: id_ in brvo.get("/attention/recall").text)
    teller = signed_in("okafor", town.brvo)
    page = teller.get("/attention/recall").text
    assert "ALFA asks back" in page
    assert "/answer" not in page
    assert "It waits on the desk" in teller.get(f"/payments/received/ALFA/{id_}").text


def test_unclaimed_money_is_paid_out_once(
    town: Counters, alfa: Browser, brvo: Browser, signed_in: Callable[..., Browser]
) -> None:
    id_ = a_completed_payment(alfa, "5.00", from_=PETRA)
    bank = town.alfa.bank
    assert balance(town.alfa, PETRA) == 0
    bank.submit_and_wait(change_state, StateChange(PETRA, "closed"))
    path = f"/payments/received/ALFA/{id_}"
    _, key = opened(brvo, f"{path}/return")
    brvo.post(f"{path}/return", data={"key": key, "amount": "", "reason": ""})
    supervisor = signed_in("vogt")
    wait_until(lambda: "Petra" in supervisor.get("/attention/unclaimed").text)
    page = supervisor.get("/attention").text
    assert "5.00 EUR came back for Petra &lt;b&gt;Falk&lt;/b&gt;, whose account" in page
    with bank.readers.connection() as connection:
        (item,) = unclaimed(connection, paid=False)
    assert (
        "Its account is closed: it is kept as unclaimed money"
        in supervisor.get(f"/payments/{item.transaction_id}").text
    )
    page, key = opened(supervisor, f"/attention/unclaimed/{item.id}/pay-out")
    assert "five euros" in page
    wrong = supervisor.post(f"/attention/unclaimed/{item.id}/pay-out", data={"key": key, "to_account": TOMAS})
    assert (wrong.status_code, "no such account at this bank" in wrong.text) == (422, True)
    before = balance(town.alfa, OLU)
    data = {"key": key, "to_account": OLU}
    for _ in range(2):
        answer = supervisor.post(f"/attention/unclaimed/{item.id}/pay-out", data=data)
        assert answer.headers["location"].startswith("/entries/")
    assert balance(town.alfa, OLU) == before + 5_00
    assert "Paid out by vogt" in supervisor.get("/attention/unclaimed?seen=yes").text
    assert "It is paid once." in supervisor.get(f"/attention/unclaimed/{item.id}/pay-out").text


def test_what_cannot_be_called_back_says_why(alfa: Browser) -> None:
    assert "sent no such payment" in alfa.get("/payments/none/call-back").text
    answer = alfa.post("/payments/none/call-back", data={"key": "z" * 20})
    assert (answer.status_code, "Nothing was done." in answer.text) == (409, True)
