"""Cash at the counter: taking it in and paying it out, against the vault."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.account import read_number
from bank_node.ledger.chart import VAULT
from bank_node.ledger.entry import move
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import check_amount
from bank_node.operations.claims import Claim, Receipt, once
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


def deposit(books: Books, now_us: int, _ids: Ids, order: CashOrder) -> Receipt:
    """Debit vault, credit customer. The receipt's id is the entry's."""

    def act() -> Receipt:
        account = _account(books, order)
        balance = books.ledger.credit(account.id, order.amount_minor)
        if balance is None:
            raise Refusal(*books.ledger.credit_refusal(account), "account")
        vault = books.ledger.own(VAULT, order.currency, now_us)
        entry = move(
            "deposit", order.currency, vault, account.id, order.amount_minor, text=order.reference, actor=order.actor
        )
        entry_id = books.ledger.book(entry, now_us, {account.id: balance})
        return Receipt("deposit", str(entry_id), "completed", now_us, entry_id=entry_id, balance_minor=balance)

    return once(books, now_us, order.claim, act)


def withdraw(books: Books, now_us: int, _ids: Ids, order: CashOrder) -> Receipt:
    """Debit customer, credit vault. The receipt's id is the entry's."""

    def act() -> Receipt:
        account = _account(books, order)
        balance = books.ledger.debit(account.id, order.amount_minor)
        if balance is None:
            raise books.ledger.debit_refusal(account, order.amount_minor, "account")
        vault = books.ledger.own(VAULT, order.currency, now_us)
        entry = move(
            "withdrawal", order.currency, account.id, vault, order.amount_minor, text=order.reference, actor=order.actor
        )
        entry_id = books.ledger.book(entry, now_us, {account.id: balance})
        return Receipt("withdrawal", str(entry_id), "completed", now_us, entry_id=entry_id, balance_minor=balance)

    return once(books, now_us, order.claim, act)


def _account(books: Books, order: CashOrder) -> AccountFacts:
    check_amount(order.amount_minor)
    check_text(order.reference, "reference")
    account = books.ledger.facts(read_number(order.account))
    if account is None:
        raise Refusal("not_found", "there is no such account at this bank", "account")
    if account.currency != order.currency:
        raise Refusal("AM03", f"the account is kept in {account.currency}", "currency")
    return account
