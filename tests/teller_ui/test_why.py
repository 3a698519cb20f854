"""Why? The links next to queue, repeat, hold and return, and the pages they lead to."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import orjson
import pytest

from bank_node.operations.holds import HoldOrder, place_hold
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.transfers.ports import OutgoingRecord
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.support.desk_work import set_aside
from tests.support.two_counters import CLOSED_AT_BRVO, INES, PETRA, SCRIPT, TOMAS, Counters, wait_until
from tests.teller_ui.conftest import Browser


@pytest.fixture(autouse=True)
def heal(town: Counters) -> object:
    yield
    town.broker.come_back()


def pay(browser: Browser, to: str, amount: str = "12.50") -> str:
    """The payment's id."""
    key = f"why-{to}-{amount}".ljust(24, "x")
    data = {"key": key, "from_account": INES, "to_account": to, "amount": amount, "reference": SCRIPT}
    answer = browser.post("/payment", data=data)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def links(page: str) -> list[str]:
    return re.findall(r'href="(/why/[^"]+)"', page)


def messages(page: str) -> list[dict[str, object]]:
    return [orjson.loads(unescape(text)) for text in re.findall(r'<pre class="message">(.*?)</pre>', page, re.S)]


def test_a_payments_page_leads_to_its_row_its_message_and_its_headers(town: Counters, teller: Browser) -> None:
    id_ = pay(teller, TOMAS)
    wait_until(lambda: "Completed" in teller.get(f"/payments/{id_}").text)
    assert links(teller.get(f"/payments/{id_}").text) == [f"/why/queue/{id_}"]
    page = teller.get(f"/why/queue/{id_}").text
    (sent,) = [r for r in town.broker.records(EXTERNAL_TRANSFERS) if r.key == b"BRVO" and id_.encode() in r.value]
    (said,) = messages(page)
    on_the_topic = orjson.loads(sent.value)
    assert {name for name in on_the_topic if name not in said} <= {"attempt", "known_head", "mac"}
    assert {name: on_the_topic[name] for name in said} == said
    for name, value in sent.headers:
        assert f'<dt>{name}</dt><dd class="mono">{value.decode()}</dd>' in page
    for name, place in (("partition", sent.partition), ("offset", sent.offset)):
        assert f'<dt>{name}</dt><dd class="mono">{place}</dd>' in page
    assert SCRIPT not in page
    assert on_the_topic["mac"] not in page


def test_a_repeat_is_explained_at_both_banks(
    town: Counters, teller: Browser, signed_in: Callable[..., Browser]
) -> None:
    id_ = pay(teller, TOMAS, "1.25")
    there = signed_in("okafor", town.brvo)
    wait_until(lambda: "Completed" in teller.get(f"/payments/{id_}").text)
    (sent,) = [r for r in town.broker.records(EXTERNAL_TRANSFERS) if r.key == b"BRVO" and id_.encode() in r.value]
    town.broker.publisher().publish([OutgoingRecord(sent.topic, sent.key, sent.value)], 1)
    wait_until(lambda: f"/why/dedupe/{id_}" in teller.get(f"/payments/{id_}").text)
    received = f"/payments/received/ALFA/{id_}"
    assert set(links(there.get(received).text)) == {f"/why/dedupe/ALFA:{id_}"}
    assert f"/why/dedupe/ALFA:{id_}" in links(there.get("/payments/received").text)
    page = there.get(f"/why/dedupe/ALFA:{id_}").text
    assert '<dt>repeats_ignored</dt><dd class="mono">1</dd>' in page
    assert messages(page)[0]["type"] == "transfer.accepted"
    assert "positions" in page
    assert messages(teller.get(f"/why/dedupe/{id_}").text)[0]["type"] == "transfer.requested"


def test_what_came_back_is_explained_on_its_page_and_on_the_desk(town: Counters, teller: Browser) -> None:
    refused = pay(teller, CLOSED_AT_BRVO, "3.75")
    returned = pay(teller, TOMAS, "4.50")
    wait_until(lambda: "Completed" in teller.get(f"/payments/{returned}").text)
    back = town.brvo.bank.submit_and_wait(return_transfer, ReturnOrder("ALFA", returned, 2_00, "not mine")).id
    wait_until(lambda: {refused, returned} <= set(re.findall(r"/why/return/([^\"]+)", teller.get("/attention").text)))
    for id_ in (refused, returned):
        assert f"/why/return/{id_}" in links(teller.get(f"/payments/{id_}").text)
        assert teller.get(f"/why/return/{id_}").status_code == 200
    page = teller.get(f"/payments/{returned}").text
    assert f'href="/payments/received/BRVO/{back}"' in page
    assert "“Not mine.” (MS03) The money is back on the account." in unescape(page)
    assert f'href="/payments/{returned}"' in teller.get(f"/payments/received/BRVO/{back}").text
    assert "AC04" in teller.get(f"/why/return/{refused}").text


def test_a_hold_and_a_record_set_aside_are_explained(town: Counters, teller: Browser) -> None:
    town.alfa.bank.submit_and_wait(place_hold, HoldOrder(PETRA, 1_00, "EUR", SCRIPT, None, "okafor"))
    page = teller.get(teller.get(f"/accounts/{PETRA}").headers["location"]).text
    (path,) = [link for link in links(page) if link.startswith("/why/hold/")]
    assert "&lt;script&gt;" in teller.get(path).text
    set_aside(town.alfa.bank, b'{"mac": "0123456789abcdef", "to": "<script>\xe2\x80\xae"}')
    (path,) = [link for link in links(teller.get("/attention").text) if link.startswith("/why/set-aside/")]
    (said,) = messages(teller.get(path).text)
    assert said == {"mac": "01234567…", "to": "<script>\u202e"}


def test_the_banner_leads_to_what_waits_and_customers_are_told_without_figures(
    town: Counters, teller: Browser, signed_in: Callable[..., Browser]
) -> None:
    town.broker.go_away()
    wait_until(lambda: "The network has been down since" in teller.get("/screens").text)
    assert links(teller.get("/screens").text) == ["/why/queue"]
    assert "Nothing of the kind waits now." in teller.get("/why/queue").text
    pay(teller, TOMAS, "2.25")
    assert messages(teller.get("/why/queue").text)[0]["amount_minor"] == 2_25
    page = signed_in("olu").get("/my").text
    assert "Other banks cannot be reached at the moment." in page
    assert (links(page), "down since" in page, "queued" in page) == ([], False, False)


def test_what_is_not_there_says_so_and_nobody_else_may_look(teller: Browser, signed_in: Callable[..., Browser]) -> None:
    for path in ("/why/magic", "/why/queue/nothing", "/why/dedupe/BRVO:x", "/why/hold/77", "/why/set-aside/x"):
        assert teller.get(path).status_code == 404, path
    assert signed_in("lindt").get("/why/dedupe").status_code == 200
    assert signed_in("root").get("/why/dedupe").status_code == 403
    assert signed_in("olu").get("/why/dedupe").status_code == 404
