"""Holds: placed and released at the counter, ended by their expiry. Those of approvals come and go with them."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.account import CLOSED, read_number
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import check_amount, format_amount
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.wording import check_text
from bank_node.store.books import Books
from bank_node.store.holds import APPROVAL, HOLD, Held, NewHold
from bank_node.store.ledger import AccountFacts

RELEASED, EXPIRED = "released", "expired"
NOBODY = "expiry"  # who ends what has expired
DAYS_MAX = 366


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """`expires_us` None: until somebody releases it."""

    account: str
    amount_minor: int
    currency: str
    reason: str
    expires_us: int | None = None
    actor: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """`account` is the number the hold is looked for under; None does not ask."""

    hold_id: int
    account: str | None = None
    actor: str = ""
    claim: Claim | None = None


def place_hold(books: Books, now_us: int, _ids: Ids, order: HoldOrder) -> Receipt:
    """The receipt's id is the hold's. Also on a frozen or blocked account; never of more than is available."""

    def act() -> Receipt:
        check_amount(order.amount_minor)
        reason = " ".join(order.reason.split())
        if not reason:
            raise Refusal("FF01", "say why: whoever looks at the account will ask", "reason")
        check_text(reason, "reason")
        _check_expiry(now_us, order.expires_us)
        account = books.ledger.facts(read_number(order.account))
        if account is None:
            raise Refusal("not_found", "there is no such account at this bank", "account")
        if account.currency != order.currency:
            raise Refusal("AM03", f"the account is kept in {account.currency}", "currency")
        new = NewHold(account.id, order.amount_minor, HOLD, reason, order.actor, order.expires_us, frozen=True)
        hold_id = books.holds.place(now_us, new)
        if hold_id is None:
            raise _refusal(books, account, order.amount_minor)
        return Receipt("hold", str(hold_id), "completed", now_us, state="held")

    return once(books, now_us, order.claim, act)


def release_hold(books: Books, now_us: int, _ids: Ids, order: Release) -> Receipt:
    """The receipt's id is the hold's."""

    def act() -> Receipt:
        hold = books.holds.find(order.hold_id)
        if hold is None or (order.account is not None and not _is_on(books, hold, read_number(order.account))):
            raise Refusal("not_found", "there is no such hold on this account", "hold_id")
        if hold.kind == APPROVAL and hold.outcome is None:
            raise Refusal("AG01", "it holds the money of an order that waits for its approval", "hold_id")
        if not books.holds.end(now_us, hold.id, order.actor, RELEASED):
            raise Refusal("final", f"it was {hold.outcome} before", "hold_id")
        return Receipt("hold", str(hold.id), "completed", now_us, state=RELEASED)

    return once(books, now_us, order.claim, act)


def expire_holds(books: Books, now_us: int, _ids: Ids, limit: int) -> int:
    """Ends what is past its expiry; how many. What waits for an approval ends with the approval."""
    return sum(books.holds.end(now_us, id_, NOBODY, EXPIRED) for id_ in books.holds.lapsed(now_us, limit))


def _refusal(books: Books, account: AccountFacts, amount_minor: int) -> Refusal:
    standing = books.customers.standing(account.number)
    if standing is None or standing.state == CLOSED:
        return books.ledger.debit_refusal(account, amount_minor, "account")
    left = format_amount(standing.available_minor, account.currency)
    asked = format_amount(amount_minor, account.currency)
    return Refusal("AM04", f"{left} {account.currency} are available; {asked} were asked for", "amount_minor")


def _check_expiry(now_us: int, expires_us: int | None) -> None:
    if expires_us is None:
        return
    if expires_us <= now_us:
        raise Refusal("FF01", "a hold ends in the future", "expires_at")
    if expires_us > now_us + DAYS_MAX * 86_400_000_000:
        raise Refusal("FF01", "a hold ends within a year; one without an end is released by hand", "expires_at")


def _is_on(books: Books, hold: Held, number: str) -> bool:
    account = books.ledger.facts(number)
    return account is not None and account.id == hold.account_id
