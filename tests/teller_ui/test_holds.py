"""Holds at the counter, as plain forms: placed with a reason, seen on the account, released once."""

from __future__ import annotations

import re

from bank_node.ledger.account import group
from bank_node.operations.holds import HoldOrder, place_hold
from bank_node.store import queries
from bank_node.store.holds import holds
from tests.support.two_counters import INES, OLU, PETRA, YEN, Counters, wait_until
from tests.teller_ui.conftest import Browser


def new_key(browser: Browser, path: str) -> str:
    return browser.get(path).headers["location"].rpartition("form=")[2]


def row(town: Counters, number: str) -> queries.AccountRow:
    with town.alfa.bank.readers.connection() as connection:
        found = queries.account(connection, number)
    assert found is not None
    return found


def hold(teller: Browser, number: str = INES, amount: str = "100", **other: str) -> str:
    key = new_key(teller, f"/holds/new?account={number}")
    fields = {"key": key, "account": number, "amount": amount, "reason": "cheque", "until": "", **other}
    answer = teller.post("/holds/new", data=fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_hold_is_placed_seen_and_released(town: Counters, teller: Browser) -> None:
    before = row(town, INES).available_minor
    place = hold(teller)
    page = teller.get(place, follow_redirects=True)
    for said in ("Held. The money stays", "Money on hold", "cheque", "until it is released", "by okafor", group(INES)):
        assert said in page.text
    assert row(town, INES).available_minor == before - 100_00
    release = re.search(
        r'action="(/holds/\d+/release)"[^>]*><input type="hidden" name="key" value="([^"]+)"', page.text
    )
    assert release is not None
    answer = teller.post(release[1], data={"key": release[2]})
    again = teller.post(release[1], data={"key": release[2]})
    assert answer.headers["location"] == again.headers["location"]
    assert "Released." in teller.get(answer.headers["location"], follow_redirects=True).text
    assert row(town, INES).available_minor == before
    other = teller.post(release[1], data={"key": "k" * 20})
    assert other.status_code == 409
    assert "It was released before." in other.text


def test_the_same_form_holds_once(town: Counters, teller: Browser) -> None:
    key = new_key(teller, "/holds/new")
    fields = {"key": key, "account": OLU, "amount": "1", "reason": "cheque"}
    first, again = (teller.post("/holds/new", data=fields) for _ in range(2))
    assert again.headers["location"] == first.headers["location"].replace("held", "already")
    assert row(town, OLU).held_minor == 1_00
    assert teller.get(f"/holds/new?form={key}").headers["location"].startswith("/holds/")


def test_what_is_wrong_stands_under_its_field_and_what_was_typed_is_kept(teller: Browser) -> None:
    for fields, words in (
        ({"amount": "5.01"}, "5.00 EUR are available; 5.01 were asked for"),
        ({"reason": ""}, "Why? Whoever looks"),
        ({"until": "2001-01-01"}, "A hold ends in the future."),
        ({"until": "tomorrow"}, "Write the last day like"),
        ({"account": "XF12"}, "18 characters"),
        ({"amount": ""}, "How much?"),
    ):
        key = new_key(teller, "/holds/new")
        good = {"key": key, "account": PETRA, "amount": "1", "reason": "kept as typed", "until": ""}
        answer = teller.post("/holds/new", data={**good, **fields})
        assert (answer.status_code, words in answer.text) == (422, True), (fields, answer.text)
        assert 'aria-invalid="true"' in answer.text
        if "reason" not in fields:
            assert "kept as typed" in answer.text


def test_a_hold_that_is_over_ends_by_itself_in_a_running_bank(town: Counters) -> None:
    bank = town.alfa.bank
    soon_us = bank.clock.now_us() + 300_000
    bank.submit_and_wait(place_hold, HoldOrder(YEN, 1_000, "JPY", "cheque", soon_us, "okafor"))
    assert row(town, YEN).held_minor == 1_000
    wait_until(lambda: row(town, YEN).held_minor == 0)
    with bank.readers.connection() as connection:
        [ended] = holds(connection, [row(town, YEN).id])
    assert (ended.outcome, ended.ended_by) == ("expired", "expiry")
