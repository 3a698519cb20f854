"""The other bank's answer: the transfer is completed, or its money goes back. A final state never changes."""

from __future__ import annotations

import logging
from typing import Any

from bank_node.ledger.chart import SUSPENSE_OUT, UNCLAIMED, clearing
from bank_node.ledger.entry import move
from bank_node.ledger.text import plain
from bank_node.operations.outcomes import Outcome
from bank_node.operations.set_aside import set_aside
from bank_node.operations.standing import doubt_own_books
from bank_node.store.books import Books
from bank_node.store.transfers import SenderRow
from bank_node.transfers import messages
from bank_node.transfers.messages import Message
from bank_node.transfers.reading import Source, Unreadable
from bank_node.transfers.states import COMPLETED, INSIDE, OPEN, REJECTED, RETURN
from bank_node.transfers.stuck_work import CONTRADICTION

log = logging.getLogger(__name__)


def conclude_transfer(books: Books, now_us: int, message: Message, source: Source) -> Outcome:
    """Applies `transfer.accepted` or `transfer.rejected`; called again with the same answer it changes nothing."""
    row = _answered(books, now_us, message, source)
    if isinstance(row, Outcome):
        return row
    verdict = COMPLETED if message.type == messages.ACCEPTED else REJECTED
    answer = _said(message)
    if row.state in OPEN:
        reason = _reason(message) if verdict == REJECTED else None
        books.transfers.conclude(now_us, row.transaction_id, verdict, reason, answer)
        return complete(books, now_us, row) if verdict == COMPLETED else _refund(books, now_us, row, reason)
    if row.state == verdict:
        books.transfers.answered_again(row.transaction_id, verdict, answer)
        return Outcome.SAME
    if books.transfers.mark_conflict(row.transaction_id):
        _alarm(books, now_us, row, message)
    return Outcome.CONFLICT


def _alarm(books: Books, now_us: int, row: SenderRow, message: Message) -> None:
    """Two final answers that cannot both be true: on the desk, in the log, in the audit log; metrics count the mark."""
    facts = {"state": row.state, "said": message.type}
    log.error("conflict", extra={"transfer": row.transaction_id, "peer": row.to_bank, **facts})
    books.audit.note(CONTRADICTION, row.transaction_id, row.to_bank, facts)
    words = f"{row.to_bank} answered {message.type} after the transfer was {row.state}"
    books.quarantine.incident(now_us, CONTRADICTION, words, peer=row.to_bank, transaction_id=row.transaction_id)


def hear_unknown(books: Books, now_us: int, message: Message, source: Source) -> Outcome:
    """`transfer.unknown`: not seen there. Never a refusal; an open transfer is said again at once."""
    row = _answered(books, now_us, message, source)
    if isinstance(row, Outcome):
        return row
    if row.state in OPEN:
        books.transfers.due_next(row.transaction_id, now_us, row.quiet_ms, attempted=False)
        books.transfers.happened(now_us, row.transaction_id, "unknown_there")
    return Outcome.UNKNOWN


def _answered(books: Books, now_us: int, message: Message, source: Source) -> SenderRow | Outcome:
    """The transfer this answers, from the bank it went to, with its hash; or what became of an answer to none."""
    row = books.transfers.get(message.transaction_id)
    if row is None or row.kind == INSIDE:
        return answer_to_nothing(books, now_us, message, source)
    if message.fields["answers_hash"] != row.content_hash or message.from_bank != row.to_bank:
        return answer_to_another(books, now_us, message, source)
    return row


def complete(books: Books, now_us: int, row: SenderRow) -> Outcome:
    """Debit suspense, credit clearing: the other bank has the money."""
    suspense = books.ledger.own(SUSPENSE_OUT, row.currency, now_us)
    nostro = books.ledger.own(clearing(row.to_bank), row.currency, now_us)
    entry = move(
        "transfer_completed",
        row.currency,
        suspense,
        nostro,
        row.amount_minor,
        transaction_id=row.transaction_id,
        actor=row.to_bank,
    )
    books.ledger.book(entry, now_us, {}, {"transfer": {"state": COMPLETED}})
    return Outcome.COMPLETED


def _refund(books: Books, now_us: int, row: SenderRow, reason: tuple[str, str] | None) -> Outcome:
    """Back to the payer, be it frozen or blocked; to `unclaimed` where the account was closed meanwhile."""
    suspense = books.ledger.own(SUSPENSE_OUT, row.currency, now_us)
    balance = books.ledger.refund(row.account_id, row.amount_minor)
    to = row.account_id if balance is not None else books.ledger.own(UNCLAIMED, row.currency, now_us)
    entry = move(
        "transfer_refunded",
        row.currency,
        suspense,
        to,
        row.amount_minor,
        transaction_id=row.transaction_id,
        text=reason[0] if reason else None,
        actor=row.to_bank,
    )
    balances = {} if balance is None else {row.account_id: balance}
    entry_id = books.ledger.book(entry, now_us, balances, {"transfer": {"state": REJECTED}})
    if balance is None:
        books.unclaimed.keep(now_us, row, row.amount_minor, entry_id)
    if row.kind == RETURN:
        original, _ = books.transfers.original(row.transaction_id)
        books.inbox.reserve(row.to_bank, original or "", -row.amount_minor)
    books.unit.ring("attention")
    return Outcome.REFUNDED


def answer_to_nothing(books: Books, now_us: int, message: Message, source: Source) -> Outcome:
    books.quarantine.incident(
        now_us,
        "answer_to_nothing",
        f"{message.type} for a transfer this bank never sent",
        peer=message.from_bank,
        transaction_id=message.transaction_id,
    )
    doubt_own_books(books, now_us, message)
    text = "an answer to a transfer this bank never sent"
    return set_aside(books, now_us, Unreadable(source, "FF01", text, message.transaction_id, message.from_bank))


def answer_to_another(books: Books, now_us: int, message: Message, source: Source) -> Outcome:
    """Of another bank than was asked, or to other content: kept, so that somebody can see what was said."""
    text = f"{message.type} from {message.from_bank} does not answer what was sent"
    books.quarantine.incident(
        now_us, "wrong_answer", text, peer=message.from_bank, transaction_id=message.transaction_id
    )
    set_aside(books, now_us, Unreadable(source, "FF01", text, message.transaction_id, message.from_bank))
    return Outcome.CONFLICT


def _reason(message: Message) -> tuple[str, str]:
    given = message.fields.get("reason")
    code, text = (given.get("code"), given.get("text")) if isinstance(given, dict) else (None, None)
    return _short(code, 8) or "MS03", _short(text, 140) or "no reason was given"


def _said(message: Message) -> dict[str, Any]:
    """What the other bank tells of its own clock, for the time line."""
    fields = message.fields
    repeats = fields.get("repeats_ignored")
    return {
        "read_at": _short(fields.get("read_at"), 40),
        "decided_at": _short(fields.get("decided_at"), 40),
        "repeats_ignored": repeats if type(repeats) is int and 0 <= repeats < 10**9 else 0,
    }


def _short(value: object, length_max: int) -> str | None:
    return plain(value)[:length_max] if isinstance(value, str) else None
