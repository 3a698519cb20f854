"""The stuck-work desk: what staff may do about what is stuck. Every act is written down: who, when, what came of it.

Nothing here moves money past the protocol. Asking and taking back send questions; a transfer tried again is the same
message once more; a record tried again is judged as if it had just been read, by the tables that judge all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.operations.cancel_transfer import Question, ask_again, cancel_by_hand
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.standing import check_sound
from bank_node.store.books import Books
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Batch, Desk, Unreadable
from bank_node.transfers.states import CANCELLING, INSIDE, OPEN
from bank_node.transfers.stuck_work import (
    ASK,
    INCIDENT,
    KINDS,
    PARKED,
    QUARANTINE,
    REDRIVE,
    SEEN,
    STUCK,
    TAKE_BACK,
)
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

SEEN_AT_ONCE = 1_000  # in one unit of work: nobody waits behind a great clearing
_NUMBERED = (QUARANTINE, INCIDENT, PARKED)


@dataclass(frozen=True, slots=True)
class DeskOrder:
    """Somebody does something about one item."""

    kind: str
    id: str
    actor: str
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class SeenOrder:
    """Somebody has seen all of a kind, up to a moment or number: what came later he has not seen."""

    kind: str
    upto: int
    actor: str


def mark_seen(books: Books, now_us: int, _ids: Ids, order: DeskOrder) -> Receipt:
    """Off the list, and off the badge. The second one to mark it changes nothing."""
    _check_kind(order.kind)
    if not _is_number(order) or not books.desk.is_there(order.kind, order.id):
        raise _nothing_there()
    if books.desk.mark_seen(now_us, order.kind, order.id, order.actor):
        _write_down(books, SEEN, order)
    return _receipt(order, SEEN, now_us)


def mark_all_seen(books: Books, now_us: int, _ids: Ids, order: SeenOrder) -> int:
    """How many were marked; call again while it is as many as it may mark."""
    _check_kind(order.kind)
    marked = books.desk.mark_all_seen(now_us, order.kind, order.upto, order.actor, SEEN_AT_ONCE)
    if marked:
        all_of_them = DeskOrder(order.kind, f"up to {order.upto}", order.actor)
        if order.kind in (QUARANTINE, INCIDENT):  # the others' marks are acts, one each
            books.desk.note(now_us, order.kind, all_of_them.id, SEEN, order.actor, f"{marked} at once")
        _write_down(books, SEEN, all_of_them, count=marked)
    return marked


def ask(books: Books, now_us: int, ids: Ids, order: DeskOrder) -> Receipt:
    """Asks the other bank what became of an open transfer."""

    def act() -> str | None:
        return ask_again(books, now_us, ids, _question(order)).state

    return _about_transfer(books, now_us, order, ASK, act)


def take_back(books: Books, now_us: int, ids: Ids, order: DeskOrder) -> Receipt:
    """Asks the other bank to refuse an open transfer for ever, unless it has decided."""

    def act() -> str | None:
        return cancel_by_hand(books, now_us, ids, _question(order)).state

    return _about_transfer(books, now_us, order, TAKE_BACK, act)


def call_back(books: Books, now_us: int, ids: Ids, order: RecallOrder) -> Receipt:
    """Takes an open transfer back, or asks for the return of a completed one. The receipt is the transfer's."""

    def act() -> Receipt:
        receipt = recall_transfer(books, now_us, ids, replace(order, claim=None))
        if receipt.state == CANCELLING:
            taken = DeskOrder(STUCK, order.transaction_id, order.actor)
            books.desk.note(now_us, STUCK, taken.id, TAKE_BACK, taken.actor)
            _write_down(books, TAKE_BACK, taken)
        return replace(receipt, kind="transfer", id=order.transaction_id)

    return once(books, now_us, order.claim, act)


def redrive_transfer(books: Books, now_us: int, _ids: Ids, order: DeskOrder) -> Receipt:
    """The transfer is due now: the sweeper says it again within its next round, the same message."""

    def act() -> str:
        check_sound(books)
        row = books.transfers.get(order.id)
        if row is None or row.kind == INSIDE:
            raise Refusal("not_found", "this bank sent no such transfer to another bank", "id")
        if row.state not in OPEN:
            raise Refusal("final", f"the transfer is {row.state.lower()} and stays so", "id")
        books.transfers.due_next(row.transaction_id, now_us, books.charter.redrive_after_ms // 2, attempted=False)
        books.transfers.happened(now_us, row.transaction_id, "hastened", by=order.actor)
        return row.state

    return _about_transfer(books, now_us, order, REDRIVE, act)


def redrive_record(books: Books, now_us: int, ids: Ids, order: DeskOrder, desk: Desk) -> Receipt:
    """A quarantined record is judged again, as if it had just been read; `desk` knows what is believed today.

    It stays in quarantine, with this act. What is believed now is seen, too.
    """

    def act() -> Receipt:
        check_sound(books)
        held = books.desk.held(int(order.id)) if _is_number(order) else None
        if held is None:
            raise _nothing_there()
        if held.topic != EXTERNAL_TRANSFERS:
            raise Refusal("AG01", f"records of {held.topic} are not judged again by hand", "id")
        if sha256(held.value).hexdigest() != held.sha256:
            raise Refusal("FF01", "only the beginning of this record was kept; it cannot be judged again", "id")
        record = Record(held.topic, held.partition, held.offset, held.key or None, held.value or None)
        incoming = desk.read(record, now_us)
        if incoming is None:
            said = "skipped"
        else:
            outcome = next(iter(receive_records(books, now_us, ids, Batch((incoming,)))), "this bank is suspect now")
            said = f"{outcome}: {incoming.text}" if isinstance(incoming, Unreadable) else str(outcome)
        if not said.startswith("quarantined"):
            books.desk.mark_seen(now_us, QUARANTINE, order.id, order.actor)
        books.desk.note(now_us, QUARANTINE, order.id, REDRIVE, order.actor, said)
        _write_down(books, REDRIVE, order, said=said)
        return _receipt(order, REDRIVE, now_us, said)

    return once(books, now_us, order.claim, act)


def _about_transfer(
    books: Books, now_us: int, order: DeskOrder, act_name: str, act: Callable[[], str | None]
) -> Receipt:
    def done() -> Receipt:
        state = act()
        books.desk.note(now_us, order.kind, order.id, act_name, order.actor)
        _write_down(books, act_name, order)
        return _receipt(order, act_name, now_us, state)

    return once(books, now_us, order.claim, done)


def _question(order: DeskOrder) -> Question:
    return Question(order.id, order.actor)


def _receipt(order: DeskOrder, act: str, now_us: int, state: str | None = None) -> Receipt:
    return Receipt("desk", f"{order.kind}/{order.id}", act, now_us, state=state)


def _write_down(books: Books, act: str, order: DeskOrder, **facts: object) -> None:
    books.audit.note(f"desk_{act.replace('-', '_')}", f"{order.kind}/{order.id}", order.actor, dict(facts))


def _check_kind(kind: str) -> None:
    if kind not in KINDS or not KINDS[kind].can_be_seen:
        raise Refusal("not_found", "there is no such pile on the desk whose items can be marked seen", "kind")


def _is_number(order: DeskOrder) -> bool:
    """Ids of some kinds are whole numbers; nothing else can be one of theirs."""
    return order.kind not in _NUMBERED or (order.id.isascii() and order.id.isdigit() and len(order.id) < 19)


def _nothing_there() -> Refusal:
    return Refusal("not_found", "there is no such item on the desk", "id")
