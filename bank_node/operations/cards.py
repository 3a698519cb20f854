"""Issuing and blocking cards. Their numbers are made before (`people.card_press`); these books do not know them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bank_node.clock import Ids
from bank_node.ledger.account import CLOSED, read_number
from bank_node.ledger.cards import BLOCKED, expiry_of
from bank_node.ledger.errors import Refusal
from bank_node.ledger.products import CARD, check_allowed
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.wording import check_text, one_line
from bank_node.store.books import Books

LIVE_MAX = 5  # on one account


@dataclass(frozen=True, slots=True)
class Blank:
    """A number as the books may know it: masked, and its keyed hash."""

    masked: str
    number_hash: str


@dataclass(frozen=True, slots=True)
class CardOrder:
    """The first of the blanks whose number nobody has is taken; the receipt's `state` says which, from 0."""

    account: str
    blanks: Sequence[Blank]
    actor: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class CardBlock:
    card_id: int
    reason: str
    actor: str = ""
    claim: Claim | None = None


def issue_card(books: Books, now_us: int, _ids: Ids, order: CardOrder) -> Receipt:
    """The receipt's id is the card's."""

    def act() -> Receipt:
        account = books.customers.standing(read_number(order.account))
        if account is None:
            raise Refusal("not_found", "there is no such account at this bank", "account")
        if account.state == CLOSED:
            raise Refusal("AC04", "the account is closed", "account")
        check_allowed(account.type, CARD)
        today = day_of(now_us)
        if len(books.cards.live_on(account.id, f"{today:%Y-%m}")) >= LIVE_MAX:
            raise Refusal("AG01", f"the account has {LIVE_MAX} cards already; block one of them first", "account")
        for place, blank in enumerate(order.blanks):
            row = {"account_id": account.id, "masked": blank.masked, "number_hash": blank.number_hash}
            row |= {"expires": expiry_of(today), "issued_us": now_us, "issued_by": order.actor}
            card_id = books.cards.add(row)
            if card_id is not None:
                said = {"card": card_id, "expires": expiry_of(today)}
                books.audit.note("card_issued", f"account/{account.id}", order.actor, said)
                return Receipt("card", str(card_id), "completed", now_us, state=str(place))
        raise Refusal("name_taken", "the numbers that were drawn are taken; draw again", "account")

    return once(books, now_us, order.claim, act)


def block_card(books: Books, now_us: int, _ids: Ids, order: CardBlock) -> Receipt:
    """For good. The receipt's id is the card's."""

    def act() -> Receipt:
        reason = one_line(order.reason)
        if reason is None:
            raise Refusal("FF01", "say why: lost, stolen, not wanted any more", "reason")
        check_text(reason, "reason")
        card = books.cards.find(order.card_id)
        if card is None:
            raise Refusal("not_found", "there is no such card", "card_id")
        if not books.cards.block(now_us, card.id, order.actor, reason):
            raise Refusal("final", "the card was blocked before", "card_id")
        said = {"card": card.id, "reason": reason}
        books.audit.note("card_blocked", f"account/{card.account_id}", order.actor, said)
        return Receipt("card", str(card.id), "completed", now_us, state=BLOCKED)

    return once(books, now_us, order.claim, act)


def block_all(books: Books, now_us: int, account_id: int, actor: str, reason: str) -> None:
    """The account is closed: none of its cards is good any more."""
    for card_id in books.cards.live_on(account_id, ""):
        if books.cards.block(now_us, card_id, actor, reason):
            books.audit.note("card_blocked", f"account/{account_id}", actor, {"card": card_id, "reason": reason})


def day_of(now_us: int) -> date:
    return datetime.fromtimestamp(now_us // 1_000_000, UTC).date()
