"""Sending money: to another bank by debit, transfer row and message in one unit of work. No broker is asked."""

from __future__ import annotations

from bank_node.clock import Ids
from bank_node.operations.book_transfer import transfer_inside
from bank_node.operations.claims import Receipt, once
from bank_node.operations.dispatch import Parcel, dispatch
from bank_node.operations.orders import TransferOrder, check_order
from bank_node.operations.standing import check_sound
from bank_node.store.books import Books


def send_transfer(books: Books, now_us: int, ids: Ids, order: TransferOrder) -> Receipt:
    """Accepts a transfer; to this very bank it is a local entry. The receipt's id is the transaction_id."""

    def act() -> Receipt:
        payer, payee, expires_us = check_order(books, now_us, order)
        if order.to_bank == books.charter.bank_id:
            return transfer_inside(books, now_us, ids, order, payer, payee)
        check_sound(books)
        at_least = order.only_if_available_minor
        balance = books.ledger.debit(payer.id, order.amount_minor, at_least)
        if balance is None:
            raise books.ledger.debit_refusal(payer, order.amount_minor, at_least_minor=at_least)
        parcel = Parcel(
            account=payer,
            balance_minor=balance,
            to_bank=order.to_bank,
            to_account=payee,
            to_name=order.to_name,
            amount_minor=order.amount_minor,
            reference=order.reference,
            actor=order.actor,
            expires_us=expires_us,
            transaction_id=order.transaction_id,
        )
        return dispatch(books, now_us, ids, parcel)

    return once(books, now_us, order.claim, act)
