"""Cards at the counter: the number stands on one page, once."""

from __future__ import annotations

import re

from bank_node.ledger.cards import is_number
from tests.support.two_counters import INES, INES_SAVINGS, Counters
from tests.teller_ui.conftest import Browser
from tests.teller_ui.test_holds import new_key


def issue(teller: Browser, key: str, account: str = INES, **headers: str) -> object:
    return teller.post("/cards/new", data={"key": key, "account": account}, headers=headers)


def test_the_number_is_shown_after_the_post_and_a_reload_shows_it_masked(teller: Browser) -> None:
    key = new_key(teller, f"/cards/new?account={INES}")
    told = teller.post("/cards/new", data={"key": key, "account": INES})
    assert told.status_code == 201
    found = re.search(r'id="card-number">([0-9 ]+)<', told.text)
    assert found is not None
    number = found[1].replace(" ", "")
    assert is_number(number)
    again = teller.post("/cards/new", data={"key": key, "account": INES})
    reload = teller.get(f"/cards/new?form={key}&account={INES}")
    for answer in (again, reload):
        assert answer.status_code == 303
        page = teller.get(answer.headers["location"]).text
        assert number not in page.replace(" ", "")
        assert f"{number[:4]} {number[4:6]}•• •••• {number[12:]}" in page
    listed = teller.get("/cards").text + teller.get(f"/accounts/{INES}", follow_redirects=True).text
    assert number not in listed.replace(" ", "")
    assert "•• ••••" in listed


def test_htmx_gets_the_number_as_a_fragment(teller: Browser) -> None:
    key = new_key(teller, "/cards/new")
    told = teller.post("/cards/new", data={"key": key, "account": INES}, headers={"HX-Request": "true"})
    assert told.text.startswith('<section id="work"')
    assert 'id="card-number"' in told.text


def test_a_savings_account_is_told_that_it_has_no_card(teller: Browser) -> None:
    key = new_key(teller, "/cards/new")
    answer = teller.post("/cards/new", data={"key": key, "account": INES_SAVINGS})
    assert answer.status_code == 422
    assert "A savings account has no card." in answer.text


def test_a_card_is_blocked_with_a_reason_and_stays_blocked(teller: Browser) -> None:
    key = new_key(teller, "/cards/new")
    teller.post("/cards/new", data={"key": key, "account": INES})
    path = teller.get(f"/cards/new?form={key}").headers["location"].partition("?")[0]
    form = re.search(r'name="key" value="([^"]+)"', teller.get(path).text)
    assert form is not None
    empty = teller.post(f"{path}/block", data={"key": form[1], "reason": ""})
    assert empty.status_code == 422
    assert "Say why" in empty.text
    done = teller.post(f"{path}/block", data={"key": form[1], "reason": "lost"})
    page = teller.get(done.headers["location"]).text
    assert "Blocked by okafor" in page
    assert f"{path}/block" not in page
    again = teller.post(f"{path}/block", data={"key": "k" * 20, "reason": "lost"})
    assert again.status_code == 409


def test_an_auditor_sees_cards_and_issues_none(town: Counters, signed_in: object) -> None:
    auditor: Browser = signed_in("lindt")  # type: ignore[operator]
    assert auditor.get("/cards").status_code == 200
    assert auditor.get("/cards/new").status_code == 403
