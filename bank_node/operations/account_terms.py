"""The terms of an account: its type, its overdraft or minimum balance, and what its owner calls it."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.account import CLOSED, read_number
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from bank_node.ledger.products import CARD, check_floor, floor_after, product_of
from bank_node.operations.accounts import standing_of
from bank_node.operations.cards import day_of
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.wording import check_text, one_line
from bank_node.store.books import Books
from bank_node.store.customers import AccountStanding


@dataclass(frozen=True, slots=True)
class TypeChange:
    """`version` is the one the change was decided on; None does not ask."""

    account: str
    type: str
    version: int | None = None
    actor: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class FloorChange:
    """`floor_minor` below zero is how far the account may be overdrawn, above it a minimum balance."""

    account: str
    floor_minor: int
    version: int | None = None
    actor: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class LabelChange:
    """`label` None takes it off."""

    account: str
    label: str | None
    version: int | None = None
    actor: str = ""
    claim: Claim | None = None


def change_type(books: Books, now_us: int, _ids: Ids, change: TypeChange) -> Receipt:
    """The new type's rules hold from now on: its minimum balance is there already, or nothing happens."""

    def act() -> Receipt:
        product = product_of(change.type)
        account = _open(books, change.account, change.version)
        floor_minor = account.floor_minor
        if change.type != account.type:
            floor_minor = floor_after(change.type, account.currency, floor_minor)
            if CARD not in product.allows and books.cards.live_on(account.id, f"{day_of(now_us):%Y-%m}"):
                raise Refusal("AG01", f"a {product.name} has no card; block its cards first", "type")
        return _set(books, now_us, change.actor, account, change.account, change.type, floor_minor, "type")

    return once(books, now_us, change.claim, act)


def change_floor(books: Books, now_us: int, _ids: Ids, change: FloorChange) -> Receipt:
    """Never above what is available: a minimum balance is there already, an overdraft in use stays covered."""

    def act() -> Receipt:
        account = _open(books, change.account, change.version)
        check_floor(account.type, account.currency, change.floor_minor)
        number, floor_minor = change.account, change.floor_minor
        return _set(books, now_us, change.actor, account, number, account.type, floor_minor, "floor_minor")

    return once(books, now_us, change.claim, act)


def change_label(books: Books, now_us: int, _ids: Ids, change: LabelChange) -> Receipt:
    def act() -> Receipt:
        label = one_line(change.label)
        check_text(label, "label")
        number = read_number(change.account)
        account = standing_of(books, number, change.version)
        books.customers.label(account.id, label)
        said = {"from": account.label, "to": label}
        books.audit.note("account_label", f"account/{account.id}", change.actor, said)
        return _receipt(now_us, number, account)

    return once(books, now_us, change.claim, act)


def _set(
    books: Books,
    now_us: int,
    actor: str,
    account: AccountStanding,
    typed: str,
    type_: str,
    floor_minor: int,
    field: str,
) -> Receipt:
    if not books.customers.change_terms(account.id, type_, floor_minor):
        there = format_amount(account.balance_minor - account.held_minor, account.currency)
        words = f"{there} {account.currency} are there and not held"
        raise Refusal("AM04", f"{words}; it would take {format_amount(floor_minor, account.currency)}", field)
    said = {
        "from": {"type": account.type, "floor": account.floor_minor},
        "to": {"type": type_, "floor": floor_minor},
    }
    books.audit.note("account_terms", f"account/{account.id}", actor, said)
    return _receipt(now_us, read_number(typed), account)


def _open(books: Books, number: str, version: int | None) -> AccountStanding:
    account = standing_of(books, read_number(number), version)
    if account.state == CLOSED:
        raise Refusal("AC04", "the account is closed", "account")
    return account


def _receipt(now_us: int, number: str, account: AccountStanding) -> Receipt:
    balance = account.balance_minor
    return Receipt("account", number, "completed", now_us, state=account.state, balance_minor=balance)
