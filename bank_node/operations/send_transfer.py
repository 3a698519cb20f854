"""Sending money to another bank: debit, transfer row and message in one unit of work. No broker is asked."""

from __future__ import annotations

from bank_node.clock import Ids
from bank_node.ledger.chart import SUSPENSE_OUT
from bank_node.ledger.dates import rfc3339
from bank_node.ledger.entry import move
from bank_node.operations.book_transfer import transfer_inside
from bank_node.operations.claims import Receipt, once
from bank_node.operations.orders import TransferOrder, check_order
from bank_node.store.books import Books
from bank_node.store.ledger import AccountFacts
from bank_node.transfers import messages
from bank_node.transfers.states import PAYMENT, PENDING
from bank_node.transfers.topics import EXTERNAL_TRANSFERS


def send_transfer(books: Books, now_us: int, ids: Ids, order: TransferOrder) -> Receipt:
    """Accepts a transfer; to this very bank it is a local entry. The receipt's id is the transaction_id."""

    def act() -> Receipt:
        payer, payee_number, expires_us = check_order(books, now_us, order)
        if order.to_bank == books.charter.bank_id:
            return transfer_inside(books, now_us, ids, order, payer, payee_number)
        return _send(books, now_us, ids, order, payer, payee_number, expires_us)

    return once(books, now_us, order.claim, act)


def _send(
    books: Books,
    now_us: int,
    ids: Ids,
    order: TransferOrder,
    payer: AccountFacts,
    payee_number: str,
    expires_us: int | None,
) -> Receipt:
    balance = books.ledger.debit(payer.id, order.amount_minor)
    if balance is None:
        raise books.ledger.debit_refusal(payer, order.amount_minor)
    transaction_id = ids.new()
    suspense = books.ledger.own(SUSPENSE_OUT, order.currency, now_us)
    entry = move(
        "transfer_out",
        order.currency,
        payer.id,
        suspense,
        order.amount_minor,
        transaction_id=transaction_id,
        text=order.reference,
        actor=order.actor,
    )
    entry_id = books.ledger.book(entry, now_us, {payer.id: balance})
    body, digest = messages.request(
        now_us=now_us,
        event_id=ids.new(),
        federation_id=books.charter.federation_id,
        transaction_id=transaction_id,
        from_bank=books.charter.bank_id,
        to_bank=order.to_bank,
        from_account=payer.number,
        to_account=payee_number,
        from_name=payer.owner,
        to_name=order.to_name,
        amount_minor=order.amount_minor,
        currency=order.currency,
        reference=order.reference,
        expires_at=rfc3339(expires_us) if expires_us else None,
    )
    seq = books.outbox.queue(
        now_us,
        topic=EXTERNAL_TRANSFERS,
        key=order.to_bank,
        type_=messages.REQUESTED,
        transaction_id=transaction_id,
        body=body,
    )
    quiet_ms = books.charter.redrive_after_ms
    due_us = now_us + quiet_ms * 1000
    if expires_us:
        due_us = min(due_us, expires_us + books.charter.cancel_grace_ms * 1000)
    books.transfers.add(
        {
            "transaction_id": transaction_id,
            "kind": PAYMENT,
            "original_transaction_id": None,
            "original_hash": None,
            "account_id": payer.id,
            "from_account": payer.number,
            "from_name": payer.owner,
            "to_bank": order.to_bank,
            "to_account": payee_number,
            "to_name": order.to_name,
            "amount": order.amount_minor,
            "currency": order.currency,
            "reference": order.reference,
            "state": PENDING,
            "content_hash": digest,
            "outbox_seq": seq,
            "actor": order.actor,
            "created_us": now_us,
            "expires_us": expires_us,
            "concluded_us": None,
            "quiet_ms": quiet_ms,
            "due_us": due_us,
        }
    )
    return Receipt(
        "transfer", transaction_id, "pending", now_us, state=PENDING, entry_id=entry_id, balance_minor=balance
    )
