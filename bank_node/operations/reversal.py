"""Undoing a mistake of the same business day: a contra entry with a reason. Nothing is deleted, or undone twice.

Cash and transfers inside the bank can be undone. A payment that has left is asked back from the other bank instead
(`recall`), and a reversal is never reversed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bank_node.clock import Ids
from bank_node.ledger.chart import DRAWER, VAULT
from bank_node.ledger.entry import JournalEntry, Posting
from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.drawers import cash_place, check_has_cash
from bank_node.operations.wording import check_text
from bank_node.store.books import Books
from bank_node.store.ledger import AccountFacts
from bank_node.store.reversals import BookedEntry, BookedPosting

REVERSIBLE: Final = ("deposit", "withdrawal", "transfer_inside")
_LEFT: Final = ("transfer_out", "return_out")
KIND: Final = "reversal"


@dataclass(frozen=True, slots=True)
class ReversalOrder:
    """`any_entry` is for supervisors: others undo only what they booked themselves."""

    entry_id: int
    reason: str
    actor: str = ""
    any_entry: bool = False
    needs_drawer: bool = False
    claim: Claim | None = None


def reverse(books: Books, now_us: int, _ids: Ids, order: ReversalOrder) -> Receipt:
    """Books the contra entry. The receipt's id is its number."""

    def act() -> Receipt:
        found = check_reversal(books, now_us, order)
        postings, balances = [], {}
        for posting in sorted(found.postings, key=lambda posting: posting.amount_minor, reverse=True):
            if posting.is_customers:
                account_id, balances[posting.account_id] = posting.account_id, _undo(books, posting)
            else:
                account_id = _cash(books, now_us, order, found, posting)
            postings.append(Posting(account_id, -posting.amount_minor))
        entry = JournalEntry(KIND, found.currency, tuple(postings), text=order.reason, actor=order.actor)
        entry_id = books.ledger.book(entry, now_us, balances, {"reverses": found.id})
        books.reversals.add(now_us, found.id, entry_id, order.reason, order.actor)
        if found.transaction_id:
            books.unit.ring(f"transfer:{found.transaction_id}")
        balance = next(iter(balances.values()), None)
        return Receipt(KIND, str(entry_id), "completed", now_us, entry_id=entry_id, balance_minor=balance)

    return once(books, now_us, order.claim, act)


def check_reversal(books: Books, now_us: int, order: ReversalOrder) -> BookedEntry:
    """The entry to be undone. Raises Refusal; writes nothing."""
    check_text(order.reason, "reason")
    if not order.reason.strip():
        raise Refusal("FF01", "say why: the reason stands with both entries", "reason")
    found = books.reversals.entry(order.entry_id)
    if found is None:
        raise Refusal("not_found", "there is no such entry in the books", "entry_id")
    if found.kind in _LEFT:
        words = "the payment has left for another bank: take it back, or ask for its return"
        raise Refusal("AG01", words, "entry_id")
    if found.kind not in REVERSIBLE:
        raise Refusal("AG01", "only cash and payments inside the bank can be reversed", "entry_id")
    earlier = books.reversals.reversed_by(found.id)
    if earlier is not None:
        raise Refusal("final", f"it was reversed before, by entry {earlier}", "entry_id")
    if books.dates.on_entry(found.id, found.at_us) != books.dates.today(now_us):
        raise Refusal("AG01", "it was booked on another business day; book the opposite instead", "entry_id")
    if found.actor != order.actor and not order.any_entry:
        raise Refusal("forbidden", f"{found.actor} booked it; he or a supervisor reverses it", "entry_id")
    return found


def debited_by(books: Books, found: BookedEntry) -> tuple[AccountFacts | None, int]:
    """The customer's account that a reversal would take money from, if one, and how much the entry had moved."""
    amount = max(abs(posting.amount_minor) for posting in found.postings)
    credited = next((p for p in found.postings if p.is_customers and p.amount_minor > 0), None)
    return (books.ledger.facts_of(credited.account_id) if credited else None), amount


def _undo(books: Books, posting: BookedPosting) -> int:
    """Takes back what a customer got, or gives back what he paid; his balance after it. Raises Refusal."""
    amount, ledger = posting.amount_minor, books.ledger
    balance = ledger.debit(posting.account_id, amount) if amount > 0 else ledger.refund(posting.account_id, -amount)
    if balance is None:
        account = ledger.facts_of(posting.account_id)
        assert account is not None
        if amount > 0:
            raise ledger.debit_refusal(account, amount, "entry_id")
        raise Refusal(*ledger.credit_refusal(account), "entry_id")
    return balance


def _cash(books: Books, now_us: int, order: ReversalOrder, found: BookedEntry, posting: BookedPosting) -> int:
    """Where the cash comes back to, or goes out of again: where it was, if its teller still works from there."""
    if posting.kind == VAULT:
        place = books.ledger.own(VAULT, found.currency, now_us)
    else:
        held = books.drawers.held_by(found.actor)
        same = held is not None and posting.kind == DRAWER and posting.code == f"{DRAWER}:{held.number}"
        actor = found.actor if same else order.actor
        place = cash_place(books, now_us, found.currency, actor, needs_drawer=order.needs_drawer)
    if posting.amount_minor < 0:  # the cash had come in
        check_has_cash(books, place, -posting.amount_minor, found.currency)
    return place
