"""Cash at the counter: taking it in and paying it out, against the teller's drawer; without one against the vault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bank_node.clock import Ids
from bank_node.ledger.account import read_number
from bank_node.ledger.denominations import check_adds_up
from bank_node.ledger.entry import move
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import check_amount
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.drawers import cash_place, check_has_cash
from bank_node.operations.wording import check_text
from bank_node.store.books import Books
from bank_node.store.ledger import AccountFacts


@dataclass(frozen=True, slots=True)
class CashOrder:
    account: str
    amount_minor: int
    currency: str
    actor: str = ""
    reference: str | None = None
    claim: Claim | None = None
    denominations: Mapping[str, int] | None = None  # notes and coins as they were counted
    needs_drawer: bool = False  # at the counter; API and command line may do without
    only_if_available_minor: int | None = None


def deposit(books: Books, now_us: int, _ids: Ids, order: CashOrder) -> Receipt:
    """Debit drawer or vault, credit customer. The receipt's id is the entry's."""

    def act() -> Receipt:
        account = cash_account(books, order)
        till = cash_place(books, now_us, order.currency, order.actor, needs_drawer=order.needs_drawer)
        balance = books.ledger.credit(account.id, order.amount_minor)
        if balance is None:
            raise Refusal(*books.ledger.credit_refusal(account), "account")
        entry = move(
            "deposit", order.currency, till, account.id, order.amount_minor, text=order.reference, actor=order.actor
        )
        entry_id = books.ledger.book(entry, now_us, {account.id: balance}, _counted(order))
        return Receipt("deposit", str(entry_id), "completed", now_us, entry_id=entry_id, balance_minor=balance)

    return once(books, now_us, order.claim, act)


def withdraw(books: Books, now_us: int, _ids: Ids, order: CashOrder) -> Receipt:
    """Debit customer, credit drawer or vault. The receipt's id is the entry's."""

    def act() -> Receipt:
        account = cash_account(books, order)
        till = cash_place(books, now_us, order.currency, order.actor, needs_drawer=order.needs_drawer)
        standing = books.customers.standing(account.number)
        if standing is None or standing.available_minor >= order.amount_minor:  # else it is the money that lacks
            check_has_cash(books, till, order.amount_minor, order.currency)
        at_least = order.only_if_available_minor
        balance = books.ledger.debit(account.id, order.amount_minor, at_least)
        if balance is None:
            raise books.ledger.debit_refusal(account, order.amount_minor, "account", at_least)
        entry = move(
            "withdrawal", order.currency, account.id, till, order.amount_minor, text=order.reference, actor=order.actor
        )
        entry_id = books.ledger.book(entry, now_us, {account.id: balance}, _counted(order))
        return Receipt("withdrawal", str(entry_id), "completed", now_us, entry_id=entry_id, balance_minor=balance)

    return once(books, now_us, order.claim, act)


def cash_account(books: Books, order: CashOrder) -> AccountFacts:
    """The customer's account of a cash order in which nothing is wrong. Raises Refusal; writes nothing."""
    check_amount(order.amount_minor)
    check_text(order.reference, "reference")
    account = books.ledger.facts(read_number(order.account))
    if account is None:
        raise Refusal("not_found", "there is no such account at this bank", "account")
    if account.currency != order.currency:
        raise Refusal("AM03", f"the account is kept in {account.currency}", "currency")
    check_adds_up(order.denominations, order.amount_minor, order.currency)
    return account


def _counted(order: CashOrder) -> dict[str, Any] | None:
    return {"denominations": dict(order.denominations)} if order.denominations else None
