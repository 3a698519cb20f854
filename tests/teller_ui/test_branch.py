"""Drawers, four eyes, reversals and the end of day at the counter, as plain forms: no JavaScript anywhere here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bank_node.store import queries
from bank_node.store.approvals import approvals
from teller_ui.views.own import unsent_payment
from tests.support.tampering import tamper_file
from tests.support.two_counters import INES, OLU, PASSWORD, TOMAS, Counters, open_counters
from tests.teller_ui.conftest import Browser

At = Callable[..., Browser]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    """Nobody holds a drawer yet; above 100.00 a teller's order waits."""
    with open_counters(tmp_path_factory.mktemp("town"), drawers=False, approval_limit_minor=100_00) as counters:
        yield counters


def key_in(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def balance(town: Counters, number: str = INES) -> tuple[int, int]:
    with town.alfa.bank.readers.connection() as connection:
        row = queries.account(connection, number)
    assert row is not None
    return row.balance_minor, row.held_minor


def form(browser: Browser, path: str) -> str:
    answer = browser.get(path, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def send(browser: Browser, page_path: str, path: str = "", **fields: str) -> object:
    data = {"key": key_in(form(browser, page_path)), **fields}
    return browser.post(path or page_path, data=data)


def go(answer: object) -> str:
    assert answer.status_code == 303, answer.text  # type: ignore[attr-defined]
    return str(answer.headers["location"])  # type: ignore[attr-defined]


def test_a_day_with_a_drawer(town: Counters, signed_in: At) -> None:
    teller, supervisor = signed_in(), signed_in("vogt")
    assert "You hold no drawer" in form(teller, "/cash/in")
    refused = send(teller, "/cash/in", account=INES, amount="10")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    data = {"key": key_in(form(teller, "/drawer")), "number": "3", "amount": "200", "currency": "EUR"}
    first, second = (teller.post("/drawer/claim", data=data) for _ in range(2))
    assert go(second) == go(first) + "?notice=already"
    assert "Okafor holds drawer 3" in supervisor.post("/drawer/claim", data={**data, "key": ""}).text
    assert "<b>Drawer 3</b>200.00 EUR" in form(teller, "/customers")
    wrong = send(teller, "/cash/in", account=INES, amount="30", n_EUR_1000="2")
    assert "come to 20.00 EUR" in wrong.text  # type: ignore[attr-defined]
    assert 'value="2"' in wrong.text  # type: ignore[attr-defined]
    go(send(teller, "/cash/in", account=INES, amount="30", n_EUR_1000="3"))
    short = send(teller, "/cash/out", account=OLU, amount="99.99", supervisor="vogt", supervisor_password=PASSWORD)
    assert go(short)
    short = send(teller, "/cash/out", account=INES, amount="500", supervisor="vogt", supervisor_password=PASSWORD)
    assert "drawer 3 has 130.01 EUR" in short.text.lower().replace("eur", "EUR")  # type: ignore[attr-defined]
    assert "<b>Drawer 3</b>130.01 EUR" in form(teller, "/customers")
    count = {"n_EUR_5000": "2", "n_EUR_1000": "3"}
    odd = send(teller, "/drawer", "/drawer/close", **count)
    assert odd.status_code == 422  # type: ignore[attr-defined]
    for said in ("130.01", "130.00", "−0.01", "a supervisor"):
        assert said in odd.text  # type: ignore[attr-defined]
    bad = send(teller, "/drawer", "/drawer/close", **count, reason="a cent", supervisor="vogt", supervisor_password="x")
    assert "password is wrong" in bad.text  # type: ignore[attr-defined]
    sign = {"reason": "a cent", "supervisor": "vogt", "supervisor_password": PASSWORD}
    closed = form(teller, go(send(teller, "/drawer", "/drawer/close", **count, **sign)))
    assert "Signed by H. Vogt" in closed
    assert "No drawer" in closed


def test_a_supervisor_counts_and_closes_the_drawer_of_a_teller_who_is_not_there(town: Counters, signed_in: At) -> None:
    teller, supervisor = signed_in(), signed_in("vogt")
    path = go(send(teller, "/drawer", "/drawer/claim", number="4", amount="20", currency="EUR"))
    assert "Count and close" not in form(teller, path).split("<main")[1].split("</h1>")[0]
    assert f'href="{path}">Count and close' in form(supervisor, "/drawer")
    assert f'href="{path}">Drawers' in form(supervisor, "/day")
    page = form(supervisor, path)
    assert f'action="{path}/close"' in page
    assert "supervisor_password" not in page, "he signs by doing it"
    data = {"key": key_in(page), "n_EUR_1000": "2"}
    odd = supervisor.post(f"{path}/close", data={**data, "n_EUR_1000": "1"})
    assert (odd.status_code, "say why" in odd.text, f'action="{path}/close"' in odd.text) == (422, True, True)
    first, second = (supervisor.post(f"{path}/close", data=data) for _ in range(2))
    assert (go(first), go(second)) == (path, f"{path}?notice=already")
    assert "Counted and closed by H. Vogt." in form(teller, path)
    assert go(supervisor.post(f"{path}/close", data={**data, "key": ""})) == path
    late = teller.post("/drawer/close", data={"key": "", "n_EUR_1000": "2"})
    assert (late.status_code, "You hold no drawer" in late.text) == (409, True)


def test_above_the_limit_a_payment_waits_and_the_supervisor_approves_it(town: Counters, signed_in: At) -> None:
    teller, supervisor = signed_in(), signed_in("vogt")
    before = balance(town)[0]
    fields = {"from_account": INES, "to_account": TOMAS, "amount": "150"}
    key = key_in(form(teller, "/payment"))
    review = teller.post("/payment/review", data={"key": key, **fields}).text
    assert "Above your limit of 100.00" in review
    path = go(teller.post("/payment", data={"key": key, **fields}))
    assert path.startswith("/approvals/")
    assert go(teller.post("/payment", data={"key": key, **fields})) == path + "?notice=already"
    assert balance(town) == (before, 150_00)
    assert "Awaiting approval" in form(teller, path)
    assert teller.post(path + "/approve", data={"key": ""}).status_code == 403
    assert '<span id="badge-42" class="badge">1' in form(supervisor, "/approvals")
    nothing = supervisor.post(path + "/reject", data={"key": key_in(form(supervisor, path))})
    assert (nothing.status_code, "Say why" in nothing.text) == (422, True)
    approve = {"key": key_in(form(supervisor, path))}
    assert go(supervisor.post(path + "/approve", data=approve)) == path
    assert go(supervisor.post(path + "/approve", data=approve)) == path + "?notice=already"
    assert balance(town) == (before - 150_00, 0)
    page = form(supervisor, path)
    receipt = form(teller, re.findall(r'href="(/payments/[^"]+)">Its receipt', page)[0])
    assert "M. Okafor" in receipt
    assert "H. Vogt" in receipt
    assert supervisor.post(path + "/reject", data={"key": "", "reason": "late"}).status_code == 409


def test_a_customer_reads_what_became_of_his_payment_that_waited(town: Counters, signed_in: At) -> None:
    customer, supervisor = signed_in("olu"), signed_in("vogt")
    key = customer.get("/my/payment").headers["location"].rpartition("form=")[2]
    order = {"key": key, "from_account": OLU, "to_account": TOMAS, "amount": "100.01"}
    listed = form(customer, go(customer.post("/my/payment", data=order)))
    assert ("Looked at by your bank first" in listed, "Awaiting approval" in listed) == (True, True)
    with town.alfa.bank.readers.connection() as connection:
        (asked,) = approvals(connection)
    assert f'href="/my/payments/{asked.leads_to}"' in listed
    waits = form(customer, f"/my/payments/{asked.leads_to}")
    assert ("waits for approval" in waits, "the money is reserved" in waits) == (True, True)
    path = f"/approvals/{asked.id}"
    go(supervisor.post(f"{path}/reject", data={"key": key_in(form(supervisor, path)), "reason": "Who is that?"}))
    ended = form(customer, f"/my/payments/{asked.leads_to}")
    for said in ("was not sent", "Who is that?", "no longer reserved"):
        assert said in ended
    assert "waits for approval" not in ended
    title, words = unsent_payment(replace(asked, state="EXPIRED"))
    assert ("not sent" in title, "in time" in words, "no longer reserved" in words) == (True, True, True)


def test_an_order_that_was_made_unreadable_breaks_no_page_and_can_be_rejected(town: Counters, signed_in: At) -> None:
    customer, supervisor = signed_in("olu"), signed_in("vogt")
    key = customer.get("/my/payment").headers["location"].rpartition("form=")[2]
    order = {"key": key, "from_account": OLU, "to_account": TOMAS, "amount": "100.02"}
    mine = go(customer.post("/my/payment", data=order))
    with town.alfa.bank.readers.connection() as connection:
        (asked,) = approvals(connection)
    tamper_file(town.alfa.bank, "UPDATE approvals SET request = 'no JSON' WHERE id = ?", asked.id)
    assert "Not readable any more" in form(customer, mine)
    path = f"/approvals/{asked.id}"
    assert "100.02" in form(supervisor, "/approvals")
    assert "changed past the bank" in form(supervisor, path)
    refused = supervisor.post(f"{path}/approve", data={"key": key_in(form(supervisor, path))})
    assert (refused.status_code, "Reject it" in refused.text) == (409, True)
    go(supervisor.post(f"{path}/reject", data={"key": key_in(form(supervisor, path)), "reason": "Altered"}))
    assert balance(town, OLU)[1] == 0


def test_a_supervisor_signs_in_the_same_form_and_a_maker_withdraws(town: Counters, signed_in: At) -> None:
    teller = signed_in()
    fields = {"from_account": INES, "to_account": OLU, "amount": "150"}
    key = key_in(form(teller, "/payment"))
    sign = {"supervisor": "okafor", "supervisor_password": PASSWORD}
    own = teller.post("/payment", data={"key": key, **fields, **sign})
    assert (own.status_code, "nobody approves his own work" in own.text.lower()) == (422, True)
    receipt = form(teller, go(teller.post("/payment", data={"key": key, **fields, **sign, "supervisor": "vogt"})))
    assert "Approved by" in receipt
    path = go(send(teller, "/payment", from_account=INES, to_account=OLU, amount="151"))
    go(teller.post(path + "/withdraw", data={"key": key_in(form(teller, path))}))
    assert "Withdrawn" in form(teller, path)
    assert balance(town)[1] == 0


def test_a_mistake_is_reversed_where_it_may_be(town: Counters, signed_in: At) -> None:
    teller, before = signed_in(), balance(town)
    inside = go(send(teller, "/payment", from_account=INES, to_account=OLU, amount="5"))
    reverse = re.findall(r'href="(/entries/\d+/reverse)"', form(teller, inside))[0]
    assert reverse in form(teller, "/reversals")
    nothing = send(teller, reverse, reason="")
    assert "Say why" in nothing.text  # type: ignore[attr-defined]
    done = form(teller, go(send(teller, reverse, reason="wrong payee")))
    assert "Reverses an entry: wrong payee" in done
    assert balance(town) == before
    assert "the entry that undid it" in form(teller, inside)
    assert teller.get(reverse, follow_redirects=True).status_code == 404
    away = go(send(teller, "/payment", from_account=INES, to_account=TOMAS, amount="5"))
    assert "/reverse" not in form(teller, away)
    assert "/call-back" in form(teller, away)


def test_the_day_ends_when_its_list_is_done(town: Counters, signed_in: At) -> None:
    teller, supervisor = signed_in(), signed_in("vogt")
    go(send(teller, "/drawer", "/drawer/claim", number="1", currency="EUR"))
    open_ = form(teller, "/day")
    assert "drawer 1 (okafor)" in open_
    assert "disabled" in open_
    date = re.findall(r'name="date" value="([^"]+)"', open_)[0]
    assert send(teller, "/day", "/day/close", date=date).status_code == 409  # type: ignore[attr-defined]
    go(send(teller, "/drawer", "/drawer/close"))
    assert "disabled" not in form(teller, "/day").partition("Days before")[0]
    go(send(teller, "/day", "/day/close", date=date))
    after = form(teller, "/day")
    assert re.findall(r'name="date" value="([^"]+)"', after)[0] > date
    assert "Open it again" not in after
    assert teller.post("/day/reopen", data={"reason": "x"}).status_code == 403
    page = form(supervisor, "/day")
    keys = re.findall(r'name="key" value="([^"]+)"', page)
    go(supervisor.post("/day/reopen", data={"key": keys[1], "reason": "one more"}))
    assert re.findall(r'name="date" value="([^"]+)"', form(teller, "/day"))[0] == date
