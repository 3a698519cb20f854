"""Four eyes: an order above its maker's limit waits until somebody else decides, or is signed for in place.

A debit's money is held meanwhile. Approving carries out the order as it was asked for, in the unit of work of the
decision; where that refuses, nothing is decided. Whose limit applies and who may decide is asked at the door.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

import orjson

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.ledger.fingerprints import request_hash
from bank_node.operations.cash import CashOrder, cash_account, deposit, withdraw
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.orders import TransferOrder, check_order
from bank_node.operations.reversal import ReversalOrder, check_reversal, debited_by, reverse
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.wording import check_text
from bank_node.store.approvals import ALTERED, APPROVED, EXPIRED, REJECTED, WAITING, WITHDRAWN, ApprovalRow, order_in
from bank_node.store.books import Books
from bank_node.store.holds import APPROVAL, NewHold
from bank_node.store.ledger import AccountFacts

Order = TransferOrder | CashOrder | ReversalOrder
KINDS: Final[dict[str, tuple[type[Order], Callable[..., Receipt]]]] = {
    "transfer": (TransferOrder, send_transfer),
    "deposit": (CashOrder, deposit),
    "withdrawal": (CashOrder, withdraw),
    "reversal": (ReversalOrder, reverse),
}
CLOCK: Final = "expiry"  # who ended what nobody decided


@dataclass(frozen=True, slots=True)
class Request:
    """An order that is above its maker's limit; `kind` is one of KINDS. Its own claim names the whole request."""

    kind: str
    order: Order


@dataclass(frozen=True, slots=True)
class Verdict:
    approval_id: int
    actor: str
    reason: str | None = None
    claim: Claim | None = None


def ask_approval(books: Books, now_us: int, ids: Ids, request: Request) -> Receipt:
    """Nothing is booked; what would be debited is held. The receipt's id is the request's number."""

    def act() -> Receipt:
        asked = _look(books, now_us, request)
        expires_us = now_us + books.charter.approval_expiry_ms * 1000
        hold_id = _hold(books, now_us, request, asked)
        leads_to = ids.new() if request.kind == "transfer" else None
        row = {**_row(request, asked, now_us, expires_us), "hold_id": hold_id, "leads_to": leads_to}
        approval_id = books.approvals.add({**row, "state": WAITING, "decided_us": None, "decided_by": None})
        noted = {**_noted(row), "hold": hold_id}
        books.audit.note("approval_asked", f"approval/{approval_id}", request.order.actor, noted)
        books.unit.ring("approvals")
        return Receipt("approval", str(approval_id), "pending", now_us, state=WAITING)

    return once(books, now_us, request.order.claim, act)


def sign_in_place(books: Books, now_us: int, ids: Ids, request: Request, checker: str) -> Receipt:
    """Carried out at once, with the name of the one who vouched beside the maker's. The receipt is the order's own."""
    if checker == request.order.actor:
        raise Refusal("own_request", "nobody approves his own work", "supervisor")

    def act() -> Receipt:
        asked = _look(books, now_us, request)
        receipt = _carry_out(books, now_us, ids, request)
        decided = {"state": APPROVED, "decided_us": now_us, "decided_by": checker, "leads_to": receipt.id}
        row = {**_row(request, asked, now_us, now_us), "hold_id": None, **decided}
        approval_id = books.approvals.add(row)
        noted = {**_noted(row), "maker": request.order.actor, "leads_to": receipt.id, "in_place": True}
        books.audit.note("approval_approved", f"approval/{approval_id}", checker, noted)
        return receipt

    return once(books, now_us, request.order.claim, act)


def approve(books: Books, now_us: int, ids: Ids, verdict: Verdict) -> Receipt:
    """Carries out what was asked for. The receipt's id is the request's number, its state what became of it."""

    def act() -> Receipt:
        row = _to_decide(books, verdict)
        if _is_over(row, now_us):
            raise Refusal("final", "it has expired; it is to be asked for anew", "approval_id")
        _check_unaltered(books, row)
        request = read_request(row)
        if not _end_hold(books, now_us, row, verdict.actor, "approved"):
            raise Refusal("final", "what was held for it is held no more: it was decided before", "approval_id")
        receipt = _carry_out(books, now_us, ids, request)
        books.approvals.decide(now_us, row.id, APPROVED, verdict.actor, verdict.reason, receipt.id)
        noted = {"maker": row.maker, "leads_to": receipt.id, "reason": verdict.reason}
        return _decided(books, now_us, row, APPROVED, verdict.actor, noted)

    return once(books, now_us, verdict.claim, act)


def reject(books: Books, now_us: int, _ids: Ids, verdict: Verdict) -> Receipt:
    """Nothing is booked, and what was held is free again. Needs a reason. What is past its time ends as expired."""

    def act() -> Receipt:
        if not (verdict.reason or "").strip():
            raise Refusal("FF01", "say why: the maker will read it", "reason")
        row = _to_decide(books, verdict)
        state = EXPIRED if _is_over(row, now_us) else REJECTED
        return _end(books, now_us, row, state, verdict.actor, verdict.reason)

    return once(books, now_us, verdict.claim, act)


def withdraw_request(books: Books, now_us: int, _ids: Ids, verdict: Verdict) -> Receipt:
    """The maker himself thinks better of it; what is past its time ends as expired."""

    def act() -> Receipt:
        row = _waiting(books, verdict.approval_id)
        if row.maker != verdict.actor:
            raise Refusal("forbidden", f"{row.maker} asked for it; only he withdraws it", "approval_id")
        state = EXPIRED if _is_over(row, now_us) else WITHDRAWN
        return _end(books, now_us, row, state, verdict.actor, verdict.reason)

    return once(books, now_us, verdict.claim, act)


def expire_approvals(books: Books, now_us: int, _ids: Ids, limit: int) -> int:
    """Ends what nobody decided in time; how many those were."""
    due = books.approvals.due(now_us, limit)
    for row in due:
        _end(books, now_us, row, EXPIRED, CLOCK, None)
    return len(due)


def read_request(row: ApprovalRow) -> Request:
    """The order as it was asked for, by its maker; without a claim, as the decision is what is done once. Raises
    Refusal for one that cannot be read.
    """
    said = order_in(row)
    if said is None or set(said) - {field.name for field in fields(KINDS[row.kind][0])}:
        raise Refusal("final", ALTERED, "approval_id")
    order = KINDS[row.kind][0](**said, actor=row.maker)
    if isinstance(order, TransferOrder):
        order = replace(order, transaction_id=row.leads_to)
    return Request(row.kind, order)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request is about; `debited` is the account whose money is to be held."""

    account: AccountFacts | None
    debited: AccountFacts | None
    amount_minor: int
    currency: str


def _look(books: Books, now_us: int, request: Request) -> _Asked:
    """Raises Refusal for what could not be carried out whoever approved it."""
    order = request.order
    match order:
        case TransferOrder():
            payer, _, _ = check_order(books, now_us, order)
            return _Asked(payer, payer, order.amount_minor, order.currency)
        case CashOrder():
            account = cash_account(books, order)
            if order.needs_drawer and books.drawers.held_by(order.actor) is None:
                raise Refusal("no_drawer", "claim a drawer first: cash at the counter goes through one", "drawer")
            debited = account if request.kind == "withdrawal" else None
            return _Asked(account, debited, order.amount_minor, order.currency)
        case ReversalOrder():
            found = check_reversal(books, now_us, order)
            debited, amount = debited_by(books, found)
            return _Asked(debited, debited, amount, found.currency)


def _row(request: Request, asked: _Asked, now_us: int, expires_us: int) -> dict[str, Any]:
    order = request.order
    said = {name: getattr(order, name) for name in _names(order)}
    return {
        "kind": request.kind,
        "request": orjson.dumps(said).decode(),
        "account_id": asked.account.id if asked.account else None,
        "amount": asked.amount_minor,
        "currency": asked.currency,
        "maker": order.actor,
        "made_us": now_us,
        "expires_us": expires_us,
        "reason": None,
    }


def _names(order: Order) -> list[str]:
    return [field.name for field in fields(order) if field.name not in ("actor", "claim", "transaction_id")]


def _hold(books: Books, now_us: int, request: Request, asked: _Asked) -> int | None:
    if asked.debited is None:
        return None
    new = NewHold(asked.debited.id, asked.amount_minor, APPROVAL, "waits for approval", request.order.actor)
    hold_id = books.holds.place(now_us, new)
    if hold_id is None:
        field = "from_account" if request.kind == "transfer" else "account"
        raise books.ledger.debit_refusal(asked.debited, asked.amount_minor, field)
    return hold_id


def _carry_out(books: Books, now_us: int, ids: Ids, request: Request) -> Receipt:
    _, operation = KINDS[request.kind]
    return operation(books, now_us, ids, replace(request.order, claim=None))


def _waiting(books: Books, approval_id: int) -> ApprovalRow:
    row = books.approvals.get(approval_id)
    if row is None:
        raise Refusal("not_found", "nobody asked for an approval under this number", "approval_id")
    if row.state != WAITING:
        raise Refusal("final", f"it is {row.state.lower()} and stays so", "approval_id")
    return row


def _is_over(row: ApprovalRow, now_us: int) -> bool:
    """Its time is up, and the sweeper has not come by yet."""
    return row.expires_us <= now_us


def _to_decide(books: Books, verdict: Verdict) -> ApprovalRow:
    check_text(verdict.reason, "reason")
    row = _waiting(books, verdict.approval_id)
    if row.maker == verdict.actor:
        raise Refusal("own_request", "nobody decides on what he asked for himself", "approval_id")
    return row


def _end(books: Books, now_us: int, row: ApprovalRow, state: str, actor: str, reason: str | None) -> Receipt:
    """Ends it without carrying it out."""
    _end_hold(books, now_us, row, actor, state.lower())
    books.approvals.decide(now_us, row.id, state, actor, reason, row.leads_to)
    if row.leads_to is not None:
        books.unit.ring(f"transfer:{row.leads_to}")
    return _decided(books, now_us, row, state, actor, {"maker": row.maker, "reason": reason})


def _end_hold(books: Books, now_us: int, row: ApprovalRow, actor: str, outcome: str) -> bool:
    """False where it had ended before. Who carries nothing out need not care: no money moves, and `verify` names it."""
    return row.hold_id is None or books.holds.end(now_us, row.hold_id, actor, outcome)


def _noted(row: dict[str, Any]) -> dict[str, Any]:
    """What the audit log says of an order; the order itself only by its hash."""
    said = {name: row[name] for name in ("kind", "amount", "currency")}
    return {**said, "hash": request_hash(row)}


def _check_unaltered(books: Books, row: ApprovalRow) -> None:
    """What is carried out is what was asked for, as the audit log has it; an older log has no hash of it."""
    asked = books.audit.said("approval_asked", f"approval/{row.id}")
    stands = {**_noted({**asdict(row), "amount": row.amount_minor}), "hold": row.hold_id}
    if asked is None or any(asked[name] != value for name, value in stands.items() if name in asked):
        words = "it is not the order that was asked for: it was changed past the bank's own program. Reject it"
        raise Refusal("final", words, "approval_id")


def _decided(books: Books, now_us: int, row: ApprovalRow, state: str, actor: str, noted: dict[str, Any]) -> Receipt:
    books.audit.note(f"approval_{state.lower()}", f"approval/{row.id}", actor, noted)
    books.unit.ring("approvals")
    return Receipt("approval", str(row.id), "completed", now_us, state=state)
