"""Unclaimed money, which came back for an account that was gone: paid out item by item, each once."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.account import read_number
from bank_node.ledger.chart import UNCLAIMED
from bank_node.ledger.entry import move
from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.drawers import cash_place, check_has_cash
from bank_node.store.books import Books
from bank_node.store.ledger import AccountFacts
from bank_node.store.unclaimed import UnclaimedItem


@dataclass(frozen=True, slots=True)
class PayOut:
    """`to_account` None pays in cash, from the drawer of who does it; without one from the vault."""

    item_id: int
    to_account: str | None = None
    actor: str = ""
    claim: Claim | None = None


def pay_out_unclaimed(books: Books, now_us: int, _ids: Ids, order: PayOut) -> Receipt:
    """Debit unclaimed, credit the account, the drawer or the vault. The receipt's id is the entry's."""

    def act() -> Receipt:
        item = books.unclaimed.item(order.item_id)
        if item is None:
            raise Refusal("not_found", "there is no such item of unclaimed money", "item_id")
        if item.paid_entry_id is not None:
            raise Refusal("final", f"it was paid out with entry {item.paid_entry_id}", "item_id")
        to, balances = _payee(books, now_us, order, item)
        entry = move(
            "unclaimed_paid_out",
            item.currency,
            books.ledger.own(UNCLAIMED, item.currency, now_us),
            to,
            item.amount_minor,
            transaction_id=item.transaction_id,
            actor=order.actor,
        )
        entry_id = books.ledger.book(entry, now_us, balances, {"unclaimed": item.id})
        books.unclaimed.pay(now_us, item.id, entry_id, order.actor)
        balance = balances.get(to)
        return Receipt("pay_out", str(entry_id), "completed", now_us, entry_id=entry_id, balance_minor=balance)

    return once(books, now_us, order.claim, act)


def _payee(books: Books, now_us: int, order: PayOut, item: UnclaimedItem) -> tuple[int, dict[int, int]]:
    """The account to credit and its balance for the entry. Raises Refusal."""
    if order.to_account is None:
        place = cash_place(books, now_us, item.currency, order.actor, needs_drawer=False)
        check_has_cash(books, place, item.amount_minor, item.currency)
        return place, {}
    account = _account(books, order.to_account, item.currency)
    balance = books.ledger.credit(account.id, item.amount_minor)
    if balance is None:
        raise Refusal(*books.ledger.credit_refusal(account), "to_account")
    return account.id, {account.id: balance}


def _account(books: Books, number: str, currency: str) -> AccountFacts:
    account = books.ledger.facts(read_number(number, "to_account"))
    if account is None:
        raise Refusal("not_found", "there is no such account at this bank", "to_account")
    if account.currency != currency:
        raise Refusal("AM03", f"the account is kept in {account.currency}, the money is {currency}", "to_account")
    return account
