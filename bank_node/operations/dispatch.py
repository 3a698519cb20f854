"""Money on its way to another bank: from the account into suspense, the message into the outbox, the row that waits.

Payments and returns leave by this one door; the account was debited by whoever calls, in the same unit of work.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.chart import SUSPENSE_OUT
from bank_node.ledger.dates import rfc3339
from bank_node.ledger.entry import move
from bank_node.operations.claims import Receipt
from bank_node.store.books import Books
from bank_node.store.ledger import AccountFacts
from bank_node.transfers import messages
from bank_node.transfers.states import PAYMENT, PENDING, RETURN
from bank_node.transfers.topics import EXTERNAL_TRANSFERS


@dataclass(slots=True)
class Parcel:
    """What leaves. `balance_minor` is the account's after its debit; `original` (id, hash) makes it a return."""

    account: AccountFacts
    balance_minor: int
    to_bank: str
    to_account: str
    to_name: str | None
    amount_minor: int
    reference: str | None
    actor: str
    expires_us: int | None = None
    original: tuple[str, str] | None = None
    transaction_id: str | None = None


def dispatch(books: Books, now_us: int, ids: Ids, parcel: Parcel) -> Receipt:
    """The receipt's id is the new transaction_id."""
    transaction_id = parcel.transaction_id or ids.new()
    body, digest = _message(books, now_us, ids, parcel, transaction_id)
    entry_id = _book(books, now_us, parcel, transaction_id, digest)
    seq = books.outbox.queue(
        now_us,
        topic=EXTERNAL_TRANSFERS,
        key=parcel.to_bank,
        type_=messages.RETURNED if parcel.original else messages.REQUESTED,
        transaction_id=transaction_id,
        body=body,
    )
    _write_down(books, now_us, parcel, transaction_id, digest, seq)
    kind = "return" if parcel.original else "transfer"
    balance = parcel.balance_minor
    return Receipt(kind, transaction_id, "pending", now_us, state=PENDING, entry_id=entry_id, balance_minor=balance)


def _book(books: Books, now_us: int, parcel: Parcel, transaction_id: str, digest: str) -> int:
    account = parcel.account
    suspense = books.ledger.own(SUSPENSE_OUT, account.currency, now_us)
    entry = move(
        "return_out" if parcel.original else "transfer_out",
        account.currency,
        account.id,
        suspense,
        parcel.amount_minor,
        transaction_id=transaction_id,
        text=parcel.reference,
        actor=parcel.actor,
    )
    sent = {"state": PENDING, "to_bank": parcel.to_bank, "hash": digest}
    return books.ledger.book(entry, now_us, {account.id: parcel.balance_minor}, {"transfer": sent})


def _message(books: Books, now_us: int, ids: Ids, parcel: Parcel, transaction_id: str) -> tuple[bytes, str]:
    return messages.request(
        now_us=now_us,
        event_id=ids.new(),
        federation_id=books.charter.federation_id,
        transaction_id=transaction_id,
        from_bank=books.charter.bank_id,
        to_bank=parcel.to_bank,
        from_account=parcel.account.number,
        to_account=parcel.to_account,
        from_name=parcel.account.owner,
        to_name=parcel.to_name,
        amount_minor=parcel.amount_minor,
        currency=parcel.account.currency,
        reference=parcel.reference,
        expires_at=rfc3339(parcel.expires_us) if parcel.expires_us else None,
        original=parcel.original,
    )


def _write_down(books: Books, now_us: int, parcel: Parcel, transaction_id: str, digest: str, seq: int) -> None:
    charter = books.charter
    quiet_ms = charter.redrive_after_ms
    due_us = now_us + quiet_ms * 1000
    if parcel.expires_us:
        due_us = min(due_us, parcel.expires_us + charter.cancel_grace_ms * 1000)
    original_id, original_hash = parcel.original or (None, None)
    books.transfers.add(
        {
            "transaction_id": transaction_id,
            "kind": RETURN if parcel.original else PAYMENT,
            "original_transaction_id": original_id,
            "original_hash": original_hash,
            "account_id": parcel.account.id,
            "from_account": parcel.account.number,
            "from_name": parcel.account.owner,
            "to_bank": parcel.to_bank,
            "to_account": parcel.to_account,
            "to_name": parcel.to_name,
            "amount": parcel.amount_minor,
            "currency": parcel.account.currency,
            "reference": parcel.reference,
            "state": PENDING,
            "content_hash": digest,
            "outbox_seq": seq,
            "actor": parcel.actor,
            "created_us": now_us,
            "expires_us": parcel.expires_us,
            "concluded_us": None,
            "quiet_ms": quiet_ms,
            "due_us": due_us,
        }
    )
