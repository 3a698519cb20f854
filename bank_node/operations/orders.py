"""A transfer order as it comes in, and everything about it that can be refused before a debit."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.account import bank_of, read_number
from bank_node.ledger.dates import read_rfc3339
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import check_amount, exponent_of
from bank_node.operations.claims import Claim
from bank_node.operations.wording import check_text
from bank_node.store.books import Books
from bank_node.store.ledger import AccountFacts

NUMBER_MAX = 64


@dataclass(slots=True)
class TransferOrder:
    from_account: str
    to_bank: str
    to_account: str
    amount_minor: int
    currency: str
    to_name: str | None = None
    reference: str | None = None
    expires_at: str | None = None
    actor: str = ""
    claim: Claim | None = None
    transaction_id: str | None = None  # given beforehand to a payment that waits for approval
    only_if_available_minor: int | None = None


def check_order(books: Books, now_us: int, order: TransferOrder) -> tuple[AccountFacts, str, int | None]:
    """The paying account, the payee's account number and the expiry. Raises Refusal; writes nothing."""
    check_amount(order.amount_minor)
    exponent_of(order.currency)
    check_text(order.to_name, "to_name")
    check_text(order.reference, "reference")
    payer = books.ledger.facts(read_number(order.from_account, "from_account"))
    if payer is None:
        raise Refusal("not_found", "there is no such account at this bank", "from_account")
    if not _is_known(books, order.to_bank):
        known = ", ".join(sorted(books.charter.directory))
        raise Refusal(
            "unknown_bank", f"there is no bank {order.to_bank!r} in the directory; it lists {known}", "to_bank"
        )
    payee = payee_number(order.to_account, order.to_bank)
    if payee == payer.number:
        raise Refusal("same_account", "payer and payee are the same account", "to_account")
    if payer.currency != order.currency:
        raise Refusal("AM03", f"the account is kept in {payer.currency}", "currency")
    return payer, payee, _expiry(books, now_us, order)


def _is_known(books: Books, bank_id: str) -> bool:
    """By the directory; or by the books, where another process of this bank has heard of it."""
    return bank_id in books.charter.directory or books.peers.sequence(bank_id) > 0


def payee_number(text: str, to_bank: str) -> str:
    """One of our numbers in canonical form, and of that bank; a foreign bank's as it was typed. Raises Refusal."""
    if not text.strip().upper().startswith("XF"):
        if not text.strip() or len(text) > NUMBER_MAX:
            raise Refusal("BE04", "an account number has 18 characters, like XF50 ALFA 0000 0020 17", "to_account")
        check_text(text, "to_account")
        return text.strip()
    number = read_number(text, "to_account")
    if bank_of(number) != to_bank:
        raise Refusal("BE04", f"this account is kept by {bank_of(number)}, not by {to_bank}", "to_account")
    return number


def _expiry(books: Books, now_us: int, order: TransferOrder) -> int | None:
    if order.expires_at is None:
        after_ms = books.charter.transfer_expiry_ms
        return now_us + after_ms * 1000 if after_ms else None
    try:
        expires_us = read_rfc3339(order.expires_at)
    except (ValueError, OverflowError) as error:
        words = "expires_at is a moment in RFC 3339, like 2026-11-21T10:42:07Z"
        raise Refusal("FF01", words, "expires_at") from error
    if expires_us <= now_us:
        raise Refusal("AB05", "expires_at has passed", "expires_at")
    return expires_us
