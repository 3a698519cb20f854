"""Opening an account, with its opening deposit; freezing, blocking and closing it. Its terms are in `account_terms`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bank_node.clock import Ids
from bank_node.ledger.account import CLOSED, STATES, read_number
from bank_node.ledger.errors import Refusal
from bank_node.ledger.fingerprints import number_hash
from bank_node.ledger.money import AMOUNT_MAX, exponent_of, format_amount
from bank_node.ledger.products import opening_floor, product_of
from bank_node.operations.cards import block_all
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.wording import check_text, one_line
from bank_node.store.books import Books
from bank_node.store.customers import AccountStanding


@dataclass(frozen=True, slots=True)
class NewAccount:
    """`opening_minor` is paid in as the account is opened, from where deposits of this actor come."""

    customer_id: int
    type: str
    currency: str
    actor: str = ""
    claim: Claim | None = None
    opening_minor: int = 0
    label: str | None = None
    needs_drawer: bool = False  # at the counter the deposit is cash in the teller's drawer


@dataclass(frozen=True, slots=True)
class StateChange:
    """`version` is the one the change was decided on; None does not ask."""

    account: str
    state: str
    version: int | None = None
    actor: str = ""
    reason: str | None = None
    claim: Claim | None = None


def open_account(books: Books, now_us: int, ids: Ids, new: NewAccount) -> Receipt:
    """The receipt's id is the account number."""

    def act() -> Receipt:
        product_of(new.type)
        exponent_of(new.currency)
        if not 0 <= new.opening_minor <= AMOUNT_MAX:
            raise Refusal("AM12", "the opening deposit is an amount of money, or nothing", "opening_minor")
        floor_minor = opening_floor(new.type, new.currency, new.opening_minor)
        label = one_line(new.label)
        check_text(label, "label")
        if not books.customers.exists(new.customer_id):
            raise Refusal("not_found", "there is no such customer", "customer_id")
        number = books.customers.next_number(books.charter.bank_id)
        account_id = books.customers.add_account(now_us, number, new.customer_id, new.type, new.currency)
        opened: dict[str, Any] = {
            "customer": new.customer_id,
            "type": new.type,
            "currency": new.currency,
            "floor": floor_minor,
        }
        opened["number"] = number_hash(account_id, number)
        books.audit.note("account_opened", f"account/{account_id}", new.actor, opened)
        if new.opening_minor:
            cash = CashOrder(number, new.opening_minor, new.currency, new.actor, "Opening deposit")
            deposit(books, now_us, ids, replace(cash, needs_drawer=new.needs_drawer))
        if floor_minor:  # after the deposit: no balance is ever below its floor
            books.customers.change_terms(account_id, new.type, floor_minor)
        if label is not None:
            books.customers.label(account_id, label)
        return Receipt("account", number, "completed", now_us, state="open", balance_minor=new.opening_minor)

    return once(books, now_us, new.claim, act)


def change_state(books: Books, now_us: int, _ids: Ids, change: StateChange) -> Receipt:
    """Sets open, debit_frozen, blocked or closed; a closed account stays so, with no money on it and no live card."""

    def act() -> Receipt:
        number = read_number(change.account)
        account = standing_of(books, number, change.version)
        reason = one_line(change.reason)
        check_text(reason, "reason")
        if change.state not in STATES:
            raise Refusal("FF01", f"the state is one of {', '.join(STATES)}", "state")
        if account.state == CLOSED and change.state != CLOSED:
            raise Refusal("AC04", "a closed account stays closed", "state")
        if not books.customers.change_state(account.id, change.state):
            raise Refusal("AG01", _still_there(account), "state")
        said = {"from": account.state, "to": change.state}
        if reason is not None:
            said["reason"] = reason
        books.audit.note("account_state", f"account/{account.id}", change.actor, said)
        if change.state == CLOSED:
            block_all(books, now_us, account.id, change.actor, "the account is closed")
        return Receipt("account", number, "completed", now_us, state=change.state, balance_minor=account.balance_minor)

    return once(books, now_us, change.claim, act)


def standing_of(books: Books, number: str, version: int | None) -> AccountStanding:
    """The account with this canonical number, as it was read by who decided. Raises Refusal."""
    account = books.customers.standing(number)
    if account is None:
        raise Refusal("not_found", "there is no such account at this bank", "account")
    if version is not None and version != account.version:
        raise Refusal("changed_meanwhile", "the account has changed since you read it; read it again", "If-Match")
    return account


def _still_there(account: AccountStanding) -> str:
    if account.balance_minor == 0:
        return "money is still held on the account; release the holds first"
    left = f"{format_amount(account.balance_minor, account.currency)} {account.currency}"
    if account.balance_minor < 0:
        return f"the account is overdrawn: {left}; it is balanced first"
    kept = "; lower its minimum balance first" if account.floor_minor > 0 else ""
    return f"{left} are still on the account; pay them out first{kept}"
