"""Sending received money back, whole or in part: a transfer of its own that names the original, never more than it."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import check_amount, format_amount
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.dispatch import Parcel, dispatch
from bank_node.operations.standing import check_sound
from bank_node.operations.wording import check_text
from bank_node.store.books import Books
from bank_node.store.inbox import Received
from bank_node.store.ledger import AccountFacts
from bank_node.transfers.states import ACCEPTED, PAYMENT


@dataclass(frozen=True, slots=True)
class ReturnOrder:
    """`transaction_id` is the received payment's; `amount_minor` None is all that is left of it."""

    from_bank: str
    transaction_id: str
    amount_minor: int | None = None
    reason: str | None = None
    actor: str = ""
    claim: Claim | None = None


def return_transfer(books: Books, now_us: int, ids: Ids, order: ReturnOrder) -> Receipt:
    """The receipt's id is the return's own transaction_id."""

    def act() -> Receipt:
        check_sound(books)
        payment, account = _payment(books, order)
        left = (payment.amount_minor or 0) - payment.reserved_minor
        amount = left if order.amount_minor is None else order.amount_minor
        if amount > left or left == 0:
            words = f"{format_amount(left, account.currency)} {account.currency} of it are left to return"
            raise Refusal("AM02", words, "amount_minor")
        check_amount(amount)
        balance = books.ledger.debit(account.id, amount)
        if balance is None:
            raise books.ledger.debit_refusal(account, amount, "amount_minor")
        books.inbox.reserve(order.from_bank, order.transaction_id, amount)
        parcel = Parcel(
            account=account,
            balance_minor=balance,
            to_bank=order.from_bank,
            to_account=payment.from_account or "",
            to_name=payment.from_name,
            amount_minor=amount,
            reference=order.reason,
            actor=order.actor,
            original=(order.transaction_id, payment.content_hash),
        )
        return dispatch(books, now_us, ids, parcel)

    return once(books, now_us, order.claim, act)


def _payment(books: Books, order: ReturnOrder) -> tuple[Received, AccountFacts]:
    check_text(order.reason, "reason")
    payment = books.inbox.received(order.from_bank, order.transaction_id)
    if payment is None or payment.kind != PAYMENT or payment.decision != ACCEPTED:
        raise Refusal("not_found", "this bank credited no such payment", "transaction_id")
    account = books.ledger.facts_of(payment.account_id or 0)
    if account is None:
        raise Refusal("not_found", "the account that was credited is gone", "transaction_id")
    return payment, account
