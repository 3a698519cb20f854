"""Needs attention (41): the stuck-work desk. What waits, pile by pile; what can be done about it, as plain forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.operations import desk
from bank_node.operations.claims import Receipt
from bank_node.operations.desk import SEEN_AT_ONCE, DeskOrder, SeenOrder
from bank_node.store import desk_queries
from bank_node.store.counter_queries import Connection
from bank_node.store.desk_queries import DeskItem
from bank_node.transfers import stuck_work
from bank_node.transfers.stuck_work import KINDS, Kind
from teller_ui.counter import Page
from teller_ui.forms import Form, new_key, read_key, sentence
from teller_ui.views.desk import DeskRow, DeskView, PileView, desk_row, pile_view
from teller_ui.views.frame import MessageView
from teller_ui.visit import NotThere, Visit, with_notice

CODE = "41"
ROWS, FIRST_ROWS = 25, 5
ALL_SEEN_MAX = 50  # units of work for one click; what is left has a button again


def show(visit: Visit, connection: Connection) -> Response:
    """The top of each pile; where nothing waits, what would be there."""
    at = visit.horizon()
    counts = desk_queries.counts(connection, at)
    piles: list[PileView] = []
    calm: list[PileView] = []
    for name, kind in KINDS.items():
        items = desk_queries.items(connection, name, at, limit=FIRST_ROWS) if counts[name] else []
        more = len(items) < counts[name]
        pile = pile_view(kind, counts[name], _rows(visit, items), items, has_more=more)
        (piles if items else calm).append(pile)
    view = DeskView(tuple(piles), tuple(calm))
    visit.bank.look_up_peers(connection)
    may_see, unverified = visit.may("desk.seen"), _unverified(visit)
    return visit.page(connection, "attention", code=CODE, desk=view, may_see=may_see, unverified=unverified)


def _unverified(visit: Visit) -> str:
    """Of which banks no key is on file, and what that means here; empty where there is none."""
    keyring = visit.bank.keyring
    banks = keyring.unverified(visit.bank.charter.directory) if keyring is not None else []
    if keyring is None or not banks:
        return ""
    if keyring.required:
        means = "Payments there wait here until it is, and nothing that comes in such a bank's name is believed."
    else:
        means = "This bank believes them all the same, so whoever reaches the broker can speak for them."
    return f"No key is on file of {', '.join(banks)}. {means}"


def show_pile(visit: Visit, connection: Connection) -> Response:
    kind, at, seen = _kind(visit), visit.horizon(), visit.asked("seen") == "yes"
    before = visit.asked("before") or None
    try:
        items = desk_queries.items(connection, kind.name, at, before=before, limit=ROWS + 1, seen=seen)
    except ValueError:
        raise NotThere("There is no such page of this list.") from None
    count = desk_queries.counts(connection, at)[kind.name]
    older = ""
    if len(items) > ROWS:
        older = f"/attention/{kind.name}?before={quote(items[ROWS - 1].key)}{'&seen=yes' if seen else ''}"
    view = pile_view(
        kind,
        count,
        _rows(visit, items[:ROWS]),
        [] if seen else items,
        older_path=older,
        is_older=before is not None,
        is_seen=seen,
    )
    return visit.page(connection, "attention_pile", code=CODE, pile=view, may_see=visit.may("desk.seen"))


async def see(visit: Visit) -> Response:
    order = DeskOrder(_kind(visit).name, visit.request.path_params["id"], visit.username)
    return await _do(visit, "seen", partial(visit.bank.submit, desk.mark_seen, order))


async def see_all(visit: Visit) -> Response:
    """Everything of the pile up to the newest item that the page had shown."""
    kind, upto = _kind(visit), visit.values.get("upto", "").partition(".")[0]
    if not (upto.isascii() and upto.isdigit() and len(upto) < 19):
        raise NotThere("This is not one of the bank's forms.")

    async def act() -> None:
        for _ in range(ALL_SEEN_MAX):
            order = SeenOrder(kind.name, int(upto), visit.username)
            if await visit.bank.submit(desk.mark_all_seen, order) < SEEN_AT_ONCE:
                break

    return await _do(visit, "all-seen", act)


async def ask(visit: Visit) -> Response:
    return await _do(visit, "asked", partial(visit.bank.submit, desk.ask, _order(visit, stuck_work.ASK)))


async def redrive_transfer(visit: Visit) -> Response:
    order = _order(visit, stuck_work.REDRIVE)
    return await _do(visit, "hastened", partial(visit.bank.submit, desk.redrive_transfer, order))


async def redrive_record(visit: Visit) -> Response:
    order = _order(visit, stuck_work.REDRIVE, stuck_work.QUARANTINE)
    reading = await run_in_threadpool(visit.bank.reading)
    receipt: list[Receipt] = []

    async def act() -> None:
        receipt.append(await visit.bank.submit(desk.redrive_record, order, reading))

    answer = await _do(visit, "redriven", act)
    still = receipt and (receipt[0].state or "").startswith("quarantined")
    return visit.go("/attention/quarantine?notice=still-aside") if still else answer


def _rows(visit: Visit, items: list[DeskItem]) -> tuple[DeskRow, ...]:
    now_us = visit.bank.clock.now_us()
    return tuple(desk_row(item, now_us, visit.may, new_key) for item in items)


def _kind(visit: Visit) -> Kind:
    kind = KINDS.get(visit.request.path_params["kind"])
    if kind is None:
        raise NotThere("There is no such pile on the desk. It is at Needs attention.")
    return kind


def _order(visit: Visit, act: str, kind: str = stuck_work.STUCK) -> DeskOrder:
    """Keyed by its form: a double click does it once."""
    id_ = visit.request.path_params["id"]
    form = Form(f"desk:{act}", read_key(visit.values.get("key", "")) or new_key(), {"id": id_, "kind": kind})
    return DeskOrder(kind, id_, visit.username, visit.claim(form.scope, form.key, form.request_hash))


async def _do(visit: Visit, notice: str, act: Callable[[], Awaitable[object]]) -> Response:
    """Does it and goes back to where the form stood; a refusal is a page of its own."""
    try:
        await act()
    except Refusal as refusal:
        return await visit.reading(_refused, refusal)
    back = visit.values.get("next", "")
    path = back if back.startswith("/attention") or back.startswith("/payments/") else "/attention"
    return visit.go(with_notice(path, notice))


def _refused(visit: Visit, connection: Connection, refusal: Refusal) -> Response:
    status = 404 if refusal.code == "not_found" else 409
    words = f"{sentence(refusal.detail)} Nothing was done."
    message = MessageView("This cannot be done", words, "/attention", "Back to the desk")
    return visit.page(connection, "message", code=CODE, status=status, message=message)


PAGES = (
    Page("GET", "/attention", show, "desk.read"),
    Page("GET", "/attention/{kind}", show_pile, "desk.read"),
    Page("POST", "/attention/{kind}/seen", see_all, "desk.seen"),
    Page("POST", "/attention/{kind}/{id}/seen", see, "desk.seen"),
    Page("POST", "/attention/stuck/{id}/ask", ask, "transfers.ask"),
    Page("POST", "/attention/stuck/{id}/redrive", redrive_transfer, "desk.redrive"),
    Page("POST", "/attention/quarantine/{id}/redrive", redrive_record, "desk.redrive"),
)
