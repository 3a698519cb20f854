"""Opening an account; freezing, blocking and closing it."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.account import CLOSED, STATES, TYPES, read_number
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import exponent_of, format_amount
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.store.books import Books


@dataclass(frozen=True, slots=True)
class NewAccount:
    customer_id: int
    type: str
    currency: str
    actor: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class StateChange:
    """`version` is the one the change was decided on; None does not ask."""

    account: str
    state: str
    version: int | None = None
    actor: str = ""


def open_account(books: Books, now_us: int, _ids: Ids, new: NewAccount) -> Receipt:
    """The receipt's id is the account number."""

    def act() -> Receipt:
        if new.type not in TYPES:
            raise Refusal("FF01", f"an account is one of {', '.join(TYPES)}", "type")
        exponent_of(new.currency)
        if not books.customers.exists(new.customer_id):
            raise Refusal("not_found", "there is no such customer", "customer_id")
        number = books.customers.next_number(books.charter.bank_id)
        account_id = books.customers.add_account(now_us, number, new.customer_id, new.type, new.currency)
        opened = {"customer": new.customer_id, "type": new.type, "currency": new.currency}
        books.audit.note("account_opened", f"account/{account_id}", new.actor, opened)
        return Receipt("account", number, "completed", now_us, state="open", balance_minor=0)

    return once(books, now_us, new.claim, act)


def change_state(books: Books, now_us: int, _ids: Ids, change: StateChange) -> Receipt:
    """Sets open, debit_frozen, blocked or closed; a closed account stays closed and has no money on it."""
    number = read_number(change.account)
    account = books.customers.standing(number)
    if account is None:
        raise Refusal("not_found", "there is no such account at this bank", "account")
    if change.state not in STATES:
        raise Refusal("FF01", f"the state is one of {', '.join(STATES)}", "state")
    if change.version is not None and change.version != account.version:
        raise Refusal("changed_meanwhile", "the account has changed since you read it; read it again", "If-Match")
    if account.state == CLOSED and change.state != CLOSED:
        raise Refusal("AC04", "a closed account stays closed", "state")
    if not books.customers.change_state(account.id, change.state):
        facts = books.ledger.facts(number)
        currency = facts.currency if facts else ""
        left = f"{format_amount(account.balance_minor, currency)} {currency}"
        raise Refusal("AG01", f"{left} are still on the account; pay them out first", "state")
    said = {"from": account.state, "to": change.state}
    books.audit.note("account_state", f"account/{account.id}", change.actor, said)
    return Receipt("account", number, "completed", now_us, state=change.state, balance_minor=account.balance_minor)
