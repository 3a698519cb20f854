"""The stuck-work desk as JSON: what is on it, how many, who did what; and the acts, each with the role it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.branch_answers import DeskList
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.paging import Cursor, Limit, not_ours, page, text_of
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import DeskActDone, SeenInput
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.operations import desk
from bank_node.operations.claims import Receipt
from bank_node.operations.desk import DeskOrder, SeenOrder
from bank_node.people import Person, may
from bank_node.store import desk_queries
from bank_node.store.desk_queries import Connection, DeskItem, Horizon
from bank_node.transfers.stuck_work import ACTS, AGREE, KINDS, PAY_OUT, REFUSE, came_of_it, sentence

routes = router("desk")

KindOfWork = Literal[
    "conflict", "stuck", "recall", "unclaimed", "parked", "quarantine", "incident", "sent_back", "returned"
]
ItemId = Annotated[str, Path(max_length=160)]
SEEN_MAX = 50  # units of work that one request may ask for
_KEYED: dict[str, Any] = {"parameters": [PARAMETER]}


@routes.get("/desk", response_model=DeskList)
def stuck_work(
    request: Request,
    bank: TheBank,
    who: Annotated[Person, allowed("desk.read")],
    kind: KindOfWork | None = None,
    seen: Annotated[bool, Query(description="what was marked seen, or is decided, instead of what waits")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Stuck work, kind after kind with the most urgent first, the newest of a kind first; and how many wait."""
    kinds = [kind] if kind else list(KINDS)
    with bank.readers.connection() as connection:
        at = Horizon.at(bank.clock.now_us(), bank.settings.stuck_after_ms)
        found = _from(connection, at, kinds, text_of(cursor), limit, seen=seen)
        counts = desk_queries.counts(connection, at)
    last = f"{found[-1].kind} {found[-1].key}" if found else ""
    return page(request, [_item_json(item, who) for item in found], limit, last, {"counts": counts})


@routes.post("/desk/{kind}/seen", response_model=dict[str, int])
async def mark_all_seen(
    bank: TheBank, kind: KindOfWork, seen: SeenInput, who: Annotated[Person, allowed("desk.seen")]
) -> Response:
    """Marks a whole kind seen, up to the `key` of the newest item that was looked at."""
    upto = seen.upto.partition(".")[0]
    marked = 0
    for _ in range(SEEN_MAX):
        now = int(await bank.submit(desk.mark_all_seen, SeenOrder(kind, int(upto), who.username)))
        marked += now
        if now < desk.SEEN_AT_ONCE:
            break
    return as_json({"marked": marked})


@routes.post("/desk/{kind}/{id}/seen", response_model=DeskActDone)
async def mark_seen(
    bank: TheBank, kind: KindOfWork, id: ItemId, who: Annotated[Person, allowed("desk.seen")]
) -> Response:
    """Marks one item seen; who was first stays written down."""
    return _done(await bank.submit(desk.mark_seen, DeskOrder(kind, id, who.username)))


@routes.post("/desk/stuck/{id}/ask", response_model=DeskActDone, openapi_extra=_KEYED)
async def ask_from_desk(
    request: Request, bank: TheBank, id: ItemId, who: Annotated[Person, allowed("transfers.ask")]
) -> Response:
    """Asks the other bank once more what became of an open transfer."""
    return await _about_transfer(bank, request, who, id, "ask", desk.ask)


@routes.post("/desk/stuck/{id}/take-back", response_model=DeskActDone, openapi_extra=_KEYED)
async def take_back_from_desk(
    request: Request, bank: TheBank, id: ItemId, who: Annotated[Person, allowed("transfers.recall")]
) -> Response:
    """Asks the other bank to refuse an open transfer for ever; its money returns once it has."""
    return await _about_transfer(bank, request, who, id, "take-back", desk.take_back)


@routes.post("/desk/stuck/{id}/redrive", response_model=DeskActDone, openapi_extra=_KEYED)
async def redrive_transfer(
    request: Request, bank: TheBank, id: ItemId, who: Annotated[Person, allowed("desk.redrive")]
) -> Response:
    """An open transfer is due now: the same message is said again."""
    return await _about_transfer(bank, request, who, id, "redrive", desk.redrive_transfer)


@routes.post("/desk/quarantine/{id}/redrive", response_model=DeskActDone, openapi_extra=_KEYED)
async def redrive_record(
    request: Request, bank: TheBank, id: ItemId, who: Annotated[Person, allowed("desk.redrive")]
) -> Response:
    """Judges a quarantined record again, exactly as if it had just been read."""
    mine = claim(who.username, "desk:redrive", needed_key(request.headers), ("quarantine", id))
    order = DeskOrder("quarantine", id, who.username, mine)
    return _done(await bank.submit(desk.redrive_record, order, await run_in_threadpool(bank.reading)))


async def _about_transfer(
    bank: Bank, request: Request, who: Person, id_: str, act: str, operation: Callable[..., Any]
) -> Response:
    mine = claim(who.username, f"desk:{act}", needed_key(request.headers), ("stuck", id_))
    return _done(await bank.submit(operation, DeskOrder("stuck", id_, who.username, mine)))


def _done(receipt: Receipt) -> Response:
    kind, _, id_ = receipt.id.partition("/")
    said = {"kind": kind, "id": id_, "act": receipt.status, "outcome": receipt.state, "at": rfc3339(receipt.at_us)}
    return as_json({**said, "words": came_of_it(receipt.state) or None}, headers=replay_headers(receipt))


def _from(
    connection: Connection, at: Horizon, kinds: Sequence[str], after: str | None, limit: int, *, seen: bool
) -> list[DeskItem]:
    """From the cursor on, through the kinds, until the page is full. Raises Stop (422)."""
    begin, _, key = (after or "").partition(" ")
    if after is not None and begin not in kinds:
        raise not_ours()
    found: list[DeskItem] = []
    for kind in kinds[kinds.index(begin) if begin else 0 :]:
        if len(found) < limit:
            before = key if kind == begin else None
            try:
                found += desk_queries.items(connection, kind, at, before=before, limit=limit - len(found), seen=seen)
            except ValueError:
                raise not_ours() from None
    return found


def _item_json(item: DeskItem, who: Person) -> dict[str, Any]:
    code = item.facts.get("code") or item.facts.get("reason_code")
    can = [act for act in KINDS[item.kind].acts if item.seen_us is None and may(who, ACTS[act].action)]
    return {
        "kind": item.kind,
        "id": item.id,
        "key": item.key,
        "at": rfc3339(item.at_us),
        "text": sentence(item.kind, item.facts),
        "code": code,
        "peer": item.peer,
        "transaction_id": item.transaction_id,
        "facts": item.facts,
        "seen": {"by": item.seen_by, "at": rfc3339(item.seen_us)} if item.seen_us is not None else None,
        "can": {act: _address(item, act) for act in can},
        "acts": [
            {"act": act.act, "by": act.actor, "at": rfc3339(act.at_us), "said": came_of_it(act.said) or None}
            for act in item.acts
        ],
    }


def _address(item: DeskItem, act: str) -> str:
    """Where this is done by POST."""
    if act in (AGREE, REFUSE):
        return f"/api/v1/recalls/{item.facts['from_bank']}/{item.facts['recall_id']}/{act}"
    return f"/api/v1/{'unclaimed' if act == PAY_OUT else f'desk/{item.kind}'}/{item.id}/{act}"
