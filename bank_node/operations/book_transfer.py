"""A transfer between two accounts of this bank: final at once, no message."""

from __future__ import annotations

from bank_node.clock import Ids
from bank_node.ledger.entry import move
from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Receipt
from bank_node.operations.orders import TransferOrder
from bank_node.store.books import Books
from bank_node.store.ledger import AccountFacts
from bank_node.transfers.states import COMPLETED, INSIDE


def transfer_inside(
    books: Books, now_us: int, ids: Ids, order: TransferOrder, payer: AccountFacts, payee_number: str
) -> Receipt:
    """Debit payer, credit payee. The receipt's id is the transaction_id."""
    payee = books.ledger.facts(payee_number)
    if payee is None:
        raise Refusal("AC01", "there is no such account at this bank", "to_account")
    if payee.currency != order.currency:
        raise Refusal("AM03", f"the payee's account is kept in {payee.currency}", "currency")
    _check_accepts(books, payee)
    at_least = order.only_if_available_minor
    payer_balance = books.ledger.debit(payer.id, order.amount_minor, at_least)
    if payer_balance is None:
        raise books.ledger.debit_refusal(payer, order.amount_minor, at_least_minor=at_least)
    payee_balance = books.ledger.credit(payee.id, order.amount_minor)
    if payee_balance is None:
        raise Refusal(*books.ledger.credit_refusal(payee), "to_account")
    transaction_id = order.transaction_id or ids.new()
    entry = move(
        "transfer_inside",
        order.currency,
        payer.id,
        payee.id,
        order.amount_minor,
        transaction_id=transaction_id,
        text=order.reference,
        actor=order.actor,
    )
    balances = {payer.id: payer_balance, payee.id: payee_balance}
    done = {"state": COMPLETED, "to_bank": books.charter.bank_id, "hash": ""}
    entry_id = books.ledger.book(entry, now_us, balances, {"transfer": done})
    books.transfers.add(
        {
            "transaction_id": transaction_id,
            "kind": INSIDE,
            "original_transaction_id": None,
            "original_hash": None,
            "account_id": payer.id,
            "from_account": payer.number,
            "from_name": payer.owner,
            "to_bank": books.charter.bank_id,
            "to_account": payee.number,
            "to_name": payee.owner,
            "amount": order.amount_minor,
            "currency": order.currency,
            "reference": order.reference,
            "state": COMPLETED,
            "content_hash": "",
            "outbox_seq": 0,
            "actor": order.actor,
            "created_us": now_us,
            "expires_us": None,
            "concluded_us": now_us,
            "quiet_ms": 0,
            "due_us": None,
        }
    )
    return Receipt(
        "transfer", transaction_id, "completed", now_us, state=COMPLETED, entry_id=entry_id, balance_minor=payer_balance
    )


def _check_accepts(books: Books, payee: AccountFacts) -> None:
    """A refusal should come before the first write; the guarded credit asks again, for the ceiling too."""
    code, words = books.ledger.credit_refusal(payee)
    if code in ("AC04", "AC06"):
        raise Refusal(code, words.replace("the account", "the payee's account"), "to_account")
