"""Lists in a browser: empty ones (T24), the chips of states (T25), those that follow what happens (T26)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.operations.orders import TransferOrder
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from bank_node.transfers import states
from tests.browser.conftest import when_ready
from tests.support.desk_work import contradict
from tests.support.two_counters import CLOSED_AT_BRVO, INES, OLU, TOMAS, Counters, open_counters, wait_until

EMPTY_AT_BRVO = {
    "okafor": ("/customers?q=zzz", "/cards", "/reversals", "/payments/sent", "/attention/recall?seen=yes"),
    "vogt": ("/payments/received", "/approvals", "/approvals?decided=yes", "/attention/stuck", "/audit?user=zzz"),
    "lindt": ("/customers/2/login", "/customers/2", "/cards"),
    "tomas": ("/my?q=zzz", "/my/payments", "/my/cards"),
}  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counters]:
    """Nobody holds a drawer, and nothing has happened yet."""
    with open_counters(tmp_path_factory.mktemp("town"), drawers=False) as counters:
        yield counters


def pay(town: Counters, to: str = TOMAS, minor: int = 1_00) -> str:
    order = TransferOrder(INES, to[4:8], to, minor, "EUR", "Tomas Riva", actor="okafor")
    return str(town.alfa.bank.submit_and_wait(send_transfer, order).id)


def test_t24_an_empty_list_says_what_would_be_here_and_the_one_next_thing_to_do(
    town: Counters, visit: Callable[..., Page]
) -> None:
    town.brvo.bank.submit_and_wait(open_customer, NewCustomer("Nils Aho", actor="okafor"))
    for username, paths in EMPTY_AT_BRVO.items():
        page = visit(username, town.brvo)
        for path in paths:
            page.goto(path)
            for empty in page.locator(".empty").all():
                assert empty.locator("p").inner_text().endswith("."), path
            expect(page.locator(".empty a"), path).to_have_count(1)
            leads_to = page.get_attribute(".empty a", "href") or ""
            assert page.request.get(leads_to).status == 200, (path, leads_to)
    page = visit("okafor", town.brvo)
    page.goto("/drawer")
    page.click(".empty a")
    expect(page.locator("#number")).to_be_focused()


def chips(page: Page) -> dict[str, tuple[str, str, str]]:
    """Of each chip on the page its word: icon, tone, and the colour it really has."""
    found = page.eval_on_selector_all(
        ".chip",
        """chips => chips.map(it => [it.innerText.trim(), it.querySelector("use").getAttribute("href").split("#")[1],
             it.className.replace("chip", "").trim(), getComputedStyle(it).color])""",
    )
    assert all(word for word, *_ in found)
    return {word: (icon, tone, colour) for word, icon, tone, colour in found}


@pytest.mark.usefixtures("heal")
def test_t25_status_chips_are_the_same_set_everywhere(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit("vogt")
    made = {"Completed": pay(town), "Sent back": pay(town, CLOSED_AT_BRVO), "Partly returned": pay(town, minor=2_00)}
    made["Returned"] = pay(town, minor=3_00)
    wait_until(lambda: all(state(town, id_) in states.FINAL for id_ in made.values()))
    for word, minor in (("Partly returned", 50), ("Returned", 3_00)):
        town.brvo.bank.submit_and_wait(return_transfer, ReturnOrder("ALFA", made[word], minor, "twice", "okafor"))
    made["Conflict"] = pay(town)
    wait_until(lambda: state(town, made["Conflict"]) in states.FINAL)
    contradict(town.alfa.bank, made["Conflict"])
    page.goto(f"/payments/{made['Completed']}/call-back")
    page.click("form#work .go")
    page.wait_for_url(re.compile(r"/payments/[^/]+$"))
    town.hold("BRVO")
    made["On its way"], made["Being checked"] = pay(town), pay(town)
    wait_until(lambda: state(town, made["Being checked"]) == states.SENT)
    page.goto(f"/payments/{made['Being checked']}/call-back")
    page.click("form#work .go")
    page.wait_for_url(re.compile(r"/payments/[^/]+$"))
    town.broker.go_away()
    wait_until(lambda: not town.alfa.bank.link.up)
    made["Queued"] = pay(town)
    page.goto("/payments/sent")
    listed = chips(page)
    assert listed.keys() == {*made, "Recall asked"}
    known = {chip.word: (chip.icon, chip.tone) for chip in vars(states).values() if isinstance(chip, states.Chip)}
    known |= {chip.word: (chip.icon, chip.tone) for chip in map(states.chip, (*states.OPEN, *states.FINAL))}
    known |= {chip.word: (chip.icon, chip.tone) for chip in (states.chip(states.COMPLETED, 2, part) for part in (1, 2))}
    assert {word: told[:2] for word, told in listed.items()} == {word: known[word] for word in listed}
    assert len({colour for *_, colour in listed.values()}) == 4  # by tone: waits, travels, is well, is not
    for id_ in made.values():
        page.goto(f"/payments/{id_}")
        there = chips(page)
        assert there.items() <= listed.items(), id_
    page.goto("/customers/1")
    assert {word: told for word, told in chips(page).items() if word in made}.items() <= listed.items()


def state(town: Counters, id_: str) -> str:
    with town.alfa.bank.readers.connection() as connection:
        row = transfer_queries.transfer(connection, id_)
    assert row is not None
    return row.state


@pytest.mark.usefixtures("heal")
def test_t26_new_rows_slide_in_above_and_nothing_jumps(town: Counters, visit: Callable[..., Page]) -> None:
    page = visit()
    for minor in range(1, 31):
        pay(town, OLU, minor)
    page.clock.install()
    page.goto("/payments/sent")
    when_ready(page)
    page.wait_for_function("document.querySelector('#stream')._htmx?.sse?.status === 200")
    rows, pill, news = page.locator("#sent tbody tr"), page.locator("#fresh"), page.locator("#news")
    expect(pill).to_be_hidden()
    first = pay(town, minor=7_01)
    expect(page.locator(f"#t-{first}")).to_have_class("slid")
    expect(rows.first).to_contain_text("7.01")
    page.clock.run_for(10)
    expect(news).to_have_text("1 new in this list")
    expect(pill).to_be_hidden()  # it is seen without
    looked_at = rows.nth(15).locator("a.row")
    looked_at.focus()
    page.evaluate("scrollTo(0, 500)")
    where = "it => [it.id, Math.round(it.getBoundingClientRect().top)]"
    before = rows.nth(15).evaluate(where)
    for minor in (8_01, 8_02, 8_03):
        latest = pay(town, minor=minor)
        expect(page.locator(f"#t-{latest}")).to_have_count(1)
    expect(pill).to_have_text("3 new")
    assert page.evaluate("document.activeElement.closest('tr').id") == before[0]
    assert abs(page.locator(f"#{before[0]}").evaluate(where)[1] - before[1]) <= 1
    expect(news).to_have_text("1 new in this list")  # five seconds have not passed
    page.clock.run_for(5_000)
    expect(news).to_have_text("3 new in this list")
    pill.click()
    expect(rows.first.locator("a.row")).to_be_focused()
    expect(pill).to_be_hidden()
    assert page.evaluate("scrollY") == 0
