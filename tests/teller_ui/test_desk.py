"""The stuck-work desk as pages: what is known, what can be done, who did it; plain forms, no JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest

from bank_node.operations.redrive import start_over
from bank_node.operations.standing import suspect
from bank_node.store import desk_queries, transfer_queries
from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.support.desk_work import contradict, set_aside
from tests.support.two_counters import INES, PARTITIONS, TOMAS, Counters, open_counters, wait_until
from tests.teller_ui.conftest import Browser


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Counters]:
    """A town of its own for each test: what waits on a desk is counted."""
    with open_counters(tmp_path, stuck_after_ms=1_000) as counters:
        yield counters


def pay(teller: Browser, amount: str = "12.50") -> str:
    """From Ines at ALFA to Tomas at BRVO; the payment's id."""
    data = {"key": f"key-{amount:0>20}", "from_account": INES, "to_account": TOMAS, "amount": amount}
    return teller.post("/payment", data=data).headers["location"].rpartition("/")[2]


def forms(page: str) -> list[tuple[dict[str, str], list[str]]]:
    """(hidden fields, addresses) of each form of the desk."""
    found = []
    for form in re.findall(r"<form method=\"post\"(.*?)</form>", page, re.DOTALL):
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        places = re.findall(r'(?:form)?action="(/attention/[^"]+)"', form)
        if places:
            found.append(({name: unescape(value) for name, value in fields.items()}, places))
    return found


def act(browser: Browser, page: str, ending: str) -> str:
    """Presses the first button that leads there; the page one lands on."""
    fields, place = next((f, p) for f, places in forms(page) for p in places if p.endswith(ending))
    answer = browser.post(place, data=fields)
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"]).text


def test_an_empty_desk_says_what_would_be_there(teller: Browser) -> None:
    page = teller.get("/attention").text
    assert "Nothing waits" in page
    assert "Every payment was answered in time." in page
    assert 'id="badge-41" class="badge"></span>' in page


def test_a_stuck_payment_is_asked_after_once_however_often_the_button_is_pressed(
    town: Counters, teller: Browser
) -> None:
    town.hold("BRVO")
    id_ = pay(teller)
    wait_until(lambda: id_ in teller.get("/attention").text)
    page = teller.get("/attention").text
    assert "No word from BRVO on 12.50 EUR from Ines Albrecht" in unescape(page)
    assert re.search(r'id="badge-41" class="badge">1', page)
    fields, place = next((f, p) for f, places in forms(page) for p in places if p.endswith("/ask"))
    for _ in range(3):
        landed = teller.post(place, data=fields).headers["location"]
    assert landed == "/attention?notice=asked"
    page = teller.get(landed).text
    assert "Asked. The answer comes by itself" in page
    assert page.count("Asked again by okafor") == 1
    town.release("BRVO")


def test_an_item_marked_seen_goes_to_the_handled_ones_with_the_name(town: Counters, teller: Browser) -> None:
    set_aside(town.alfa.bank)
    page = act(teller, teller.get("/attention").text, "/seen")
    assert "Nothing waits" in page
    handled = teller.get("/attention/quarantine?seen=yes").text
    assert "Marked seen by okafor" in handled
    assert "Begins with" in handled
    assert "formaction" not in handled


def test_what_a_stranger_wrote_is_printed_and_never_run(town: Counters, teller: Browser) -> None:
    set_aside(town.alfa.bank, b"<script>alert(1)</script>\x1b[2J\xff", why="<img src=x onerror=alert(1)>")
    for path in ("/attention", "/attention/quarantine"):
        page = teller.get(path).text
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[2J\\xff" in page


def test_fifty_records_are_paged_and_marked_up_to_what_was_shown(town: Counters, teller: Browser) -> None:
    set_aside(town.alfa.bank, count=60)
    first = teller.get("/attention/quarantine").text
    assert first.count('class="quiet"') == 25
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    second = teller.get(unescape(older[1])).text
    assert second.count('class="quiet"') == 25
    assert "Newest" in second
    page = act(teller, second, "quarantine/seen")
    assert "All of them are marked seen." in page
    assert waiting_in_quarantine(town) == 25, "the first page was newer than what was marked"


def waiting_in_quarantine(town: Counters) -> int:
    bank = town.alfa.bank
    at = desk_queries.Horizon.at(bank.clock.now_us(), bank.settings.stuck_after_ms)
    with bank.readers.connection() as connection:
        return desk_queries.counts(connection, at)["quarantine"]


def test_trying_a_record_again_is_the_supervisors_and_says_what_came_of_it(
    town: Counters, signed_in: Callable[..., Browser]
) -> None:
    set_aside(town.alfa.bank)
    teller, supervisor = signed_in(), signed_in("vogt")
    page = teller.get("/attention").text
    assert "Try again" not in page
    assert teller.post("/attention/quarantine/1/redrive").status_code == 403
    page = act(supervisor, supervisor.get("/attention").text, "/redrive")
    assert "Judged again, and still set aside." in page
    assert "Tried again by vogt" in page
    assert "still set aside: not JSON" in page


def test_an_auditor_sees_and_has_no_buttons(town: Counters, signed_in: Callable[..., Browser]) -> None:
    set_aside(town.alfa.bank)
    page = signed_in("lindt").get("/attention").text
    assert "Not JSON." in page
    assert not forms(page)


def test_what_cannot_be_done_is_a_page_in_words(teller: Browser) -> None:
    for path, words in (
        ("/attention/stuck/none/ask", "This bank sent no such transfer"),
        ("/attention/quarantine/77/seen", "There is no such item on the desk"),
        ("/attention/nonsense/1/seen", "There is no such pile"),
    ):
        answer = teller.post(path, data={})
        assert answer.status_code == 404
        assert words in answer.text
    assert teller.get("/attention/nonsense").status_code == 404
    assert teller.get("/attention/stuck?before=x").status_code == 404


def test_the_broker_that_forgot_is_on_every_page_until_it_is_marked_seen(town: Counters, teller: Browser) -> None:
    town.alfa.bank.submit_and_wait(start_over, "external-transfers is another log than the one that was read before")
    page = teller.get("/cash/in", follow_redirects=True).text
    assert "The broker forgot something" in page
    assert "External-transfers is another log than the one that was read before." in page
    assert 'href="/attention/incident"' in page
    page = act(teller, teller.get("/attention").text, "/seen")
    assert "The broker forgot" not in page


def test_conflicts_are_an_alarm_on_every_page_and_a_chip_on_the_payment(town: Counters, teller: Browser) -> None:
    id_ = pay(teller)
    wait_until(lambda: "Completed" in teller.get(f"/payments/{id_}").text)
    contradict(town.alfa.bank, id_)
    for path in ("/customers", f"/payments/{id_}", "/payments/sent"):
        page = teller.get(path).text
        assert "1 payment has a conflict." in page
        assert 'href="/attention/conflict"' in page
    for path in (f"/payments/{id_}", "/payments/sent", "/attention/conflict"):
        assert re.search(r'class="chip bad">.*?Conflict</span>', teller.get(path).text)
    page = act(teller, teller.get("/attention/conflict").text, "/seen")
    assert "has a conflict" not in page
    assert "Conflict</span>" in teller.get(f"/payments/{id_}").text, "the mark on the payment stays"


def test_a_record_is_judged_again_by_what_is_believed_now(town: Counters, signed_in: Callable[..., Browser]) -> None:
    """A message under the mac of its bank is believed; the same bytes with another amount are not."""
    sent_to_brvo: list[bytes] = []
    town.hold("BRVO")
    pay(signed_in("okafor"), "5.00")
    wait_until(lambda: sent_to_brvo.extend(on_the_topic(town)) or sent_to_brvo)
    genuine, forged = sent_to_brvo[0], sent_to_brvo[0].replace(b'"amount_minor":500', b'"amount_minor":999')
    for value in (genuine, forged):
        set_aside(town.brvo.bank, value, why="not believed: no key of ALFA is on file")
    supervisor = signed_in("vogt", town.brvo)
    for fields, places in forms(supervisor.get("/attention/quarantine").text):
        for place in (place for place in places if place.endswith("/redrive")):
            assert supervisor.post(place, data=fields).status_code == 303
    waiting = supervisor.get("/attention/quarantine").text
    assert waiting.count("still set aside: ") == 1
    handled = supervisor.get("/attention/quarantine?seen=yes").text
    assert "it was believed, and the payment was decided: credited" in handled
    town.release("BRVO")
    with town.brvo.bank.readers.connection() as connection:
        (received,) = transfer_queries.decisions(connection)
    assert received.amount_minor == 5_00
    wait_until(lambda: "1 repeat ignored" in supervisor.get("/payments/received").text)


def on_the_topic(town: Counters) -> list[bytes]:
    """What lies on the topic for BRVO."""
    partition = town.broker._logs[EXTERNAL_TRANSFERS].partitions[partition_for(b"BRVO", PARTITIONS)]
    return [record.value for record in partition if record.value and record.key == b"BRVO"]


def test_a_suspect_bank_says_so_on_every_page_and_refuses_what_would_speak(town: Counters, teller: Browser) -> None:
    town.hold("BRVO")
    id_ = pay(teller)
    bank = town.alfa.bank
    bank.submit_and_wait(suspect, "BRVO knows row 9 of this bank's audit log, and its audit log ends at row 3")
    wait_until(lambda: bank.standing.suspect)
    page = teller.get("/payments/sent").text
    assert "This bank is suspect since" in page
    assert "BRVO knows row 9 of this bank&#39;s audit log" in page
    answer = teller.post(f"/payments/{id_}/call-back", data={"key": "s" * 20})
    assert answer.status_code == 409
    assert "books are not to be believed" in answer.text
