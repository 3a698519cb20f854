"""Money that comes back: judged against the transfer this bank sent, credited to that transfer's own payer.

The account named in the message is never looked at. An original that is still open is concluded first: who returns
money has accepted it.
"""

from __future__ import annotations

from bank_node.ledger.chart import UNCLAIMED, clearing
from bank_node.ledger.entry import move
from bank_node.operations.conclude_transfer import complete
from bank_node.operations.outcomes import Verdict, as_noted
from bank_node.store.books import Books
from bank_node.store.transfers import SenderRow
from bank_node.transfers.messages import Message
from bank_node.transfers.states import ACCEPTED, COMPLETED, OPEN, PAYMENT, REJECTED, RETURN


def judge_return(books: Books, now_us: int, message: Message) -> Verdict:
    """Books the return, or says why it does not fit."""
    if message.fault is not None:
        return _refused(*message.fault)
    fields = message.fields
    row = books.transfers.get(fields["original_transaction_id"])
    strange = (
        row is None
        or row.kind != PAYMENT
        or row.state == REJECTED
        or row.to_bank != message.from_bank
        or row.content_hash != fields["original_hash"]
    )
    if row is None or strange:
        return _refused("MS03", "it returns no transfer that was sent to this bank")
    if fields["currency"] != row.currency:
        return _refused("AM03", f"the transfer was made in {row.currency}")
    if not books.transfers.take_back(row.transaction_id, fields["amount_minor"]):
        return _refused("AM02", "it is more than what is left of the transfer")
    if row.state in OPEN:
        books.transfers.conclude(now_us, row.transaction_id, COMPLETED, None, {})
        complete(books, now_us, row)
    return Verdict(RETURN, ACCEPTED, None, _credit(books, now_us, message, row))


def _credit(books: Books, now_us: int, message: Message, row: SenderRow) -> int:
    """Debit clearing, credit the payer, be he frozen or blocked; `unclaimed` where the account was closed meanwhile."""
    amount = message.fields["amount_minor"]
    nostro = books.ledger.own(clearing(row.to_bank), row.currency, now_us)
    balance = books.ledger.refund(row.account_id, amount)
    to = row.account_id if balance is not None else books.ledger.own(UNCLAIMED, row.currency, now_us)
    entry = move(
        "return_in",
        row.currency,
        nostro,
        to,
        amount,
        transaction_id=row.transaction_id,
        text=message.fields.get("reference"),
        actor=row.to_bank,
    )
    balances = {} if balance is None else {row.account_id: balance}
    noted = as_noted(message, RETURN, ACCEPTED)
    entry_id = books.ledger.book(entry, now_us, balances, noted, message.transaction_id)
    if balance is None:
        books.unclaimed.keep(now_us, row, amount, entry_id)
    why = {"why": message.fields["reference"]} if message.fields.get("reference") else {}
    facts = {"amount_minor": amount, "by": message.transaction_id, **why}
    books.transfers.happened(now_us, row.transaction_id, "returned", **facts)
    books.unit.ring("attention")
    return to


def _refused(code: str, text: str) -> Verdict:
    return Verdict(RETURN, REJECTED, (code, text), None)
