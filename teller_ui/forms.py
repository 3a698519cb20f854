"""Forms: what was typed, what is wrong with it, field by field. Text becomes an order here and nowhere else."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from bank_node.ledger.account import CLOSED, bank_of, group, read_number
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import exponent_of, format_amount, parse_amount
from bank_node.store import payees, queries
from bank_node.store.counter_queries import Connection
from bank_node.store.queries import AccountRow
from bank_node.transfers.states import Chip
from teller_ui.views.customer import TYPES

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_ABOUT_MONEY = frozenset({"AM02", "AM04", "AM12"})  # shown under the amount, whichever account they speak of
_FIELDS = {
    "amount_minor": "amount",
    "currency": "amount",
    "Idempotency-Key": "",
    "opening_minor": "opening",
    "floor_minor": "limit",
    "expires_at": "until",
}


@dataclass(frozen=True, slots=True)
class AccountChoice:
    number: str
    grouped: str
    name: str
    available: str
    currency: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Said:
    """What is known about an account number as soon as it was typed; `bank` where another one keeps it."""

    words: str
    good: bool = True
    bank: str = ""


@dataclass(frozen=True, slots=True)
class BankChoice:
    bank_id: str
    name: str


@dataclass
class Form:
    """One form on its way to being posted once: `key` was made when it was first shown."""

    scope: str
    key: str
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    choices: tuple[AccountChoice, ...] = ()
    account: AccountChoice | None = None
    said: Said | None = None
    payee_said: Said | None = None
    payee_seen: Chip | None = None  # when the payee's bank was last heard of
    bank_seen: Chip | None = None  # the same of the bank that was chosen
    banks: tuple[BankChoice, ...] = ()
    receipt_path: str = ""

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    def text(self, name: str) -> str | None:
        """What was typed, on one line; None where nothing was."""
        return " ".join(self.value(name).split()) or None

    @property
    def account_number(self) -> str:
        return self.account.number if self.account else ""

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """Everything typed, for the next step of the same form."""
        return (("key", self.key), *((name, value) for name, value in self.values.items() if name != "key"))

    @property
    def request_hash(self) -> str:
        """Tells the same request from another under the same key; spelling of numbers and blanks does not count."""
        said = {name: " ".join(value.split()) for name, value in sorted(self.values.items()) if name != "key"}
        return hashlib.sha256(orjson.dumps(said)).hexdigest()

    def refuse(self, refusal: Refusal) -> None:
        """Puts a refusal under the field it is about; one about no field of this form stands above the form."""
        about = refusal.field or ""
        is_amount = refusal.code in _ABOUT_MONEY and "amount" in self.values
        about = "amount" if is_amount else _FIELDS.get(about, about)
        self.errors[about if about in self.values else ""] = sentence(refusal.detail)


def new_key() -> str:
    return secrets.token_urlsafe(18)


def read_key(given: str) -> str:
    """The form's key as it came back; a new one where somebody has spoilt it."""
    return given if _KEY.fullmatch(given) else ""


def sentence(words: str) -> str:
    """A refusal's words as a sentence."""
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?")) else ".")


def choice(account: AccountRow) -> AccountChoice:
    return AccountChoice(
        account.number,
        group(account.number),
        TYPES.get(account.type, account.type),
        format_amount(account.available_minor, account.currency),
        account.currency,
        exponent_of(account.currency),
    )


def own_account(connection: Connection, form: Form, name: str) -> AccountRow | None:
    """The account of this bank whose number was typed into the field; an error under it where there is none."""
    try:
        number = read_number(form.value(name), name)
    except Refusal as refusal:
        form.errors[name] = sentence(refusal.detail) if form.value(name).strip() else "Which account?"
        return None
    row = queries.account(connection, number)
    if row is None:
        form.errors[name] = "There is no such account at this bank."
        return None
    form.account = choice(row)
    form.said = Said(about_account(row))
    return row


def offer_accounts(connection: Connection, form: Form) -> None:
    """The accounts of the customer the form was opened for, to choose from instead of typing."""
    customer = form.value("customer")
    if customer.isascii() and customer.isdigit() and len(customer) < 19:
        rows = queries.accounts_of(connection, int(customer))
        form.choices = tuple(choice(row) for row in rows if row.state != CLOSED)


def about_account(row: AccountRow) -> str:
    """Whose account it is, and what is on it."""
    available = f"{format_amount(row.available_minor, row.currency)} {row.currency} available"
    state = "" if row.state == "open" else f", {row.state.replace('_', ' ')}"
    return f"{row.owner}, {TYPES.get(row.type, row.type).lower()}{state}, {available}"


def about_payee(bank: str, found: bool | None, name: str | None) -> Said:
    """What another bank has said of an account; so far, or nothing. Money can be sent there whatever it is."""
    if found is None:
        return Said(f"Kept by {bank}, which has not said yet whose it is.", bank=bank)
    if not found:
        return Said(f"{bank} says it has no such account.", good=False, bank=bank)
    return Said(f"{name or 'An account'}, at {bank}", bank=bank)


def amount(form: Form, currency: str) -> int | None:
    """Minor units of what was typed into `amount`, or an error under it."""
    typed = form.value("amount")
    if not typed.strip():
        form.errors["amount"] = "How much?"
        return None
    try:
        return parse_amount(typed, currency)
    except Refusal as refusal:
        form.errors["amount"] = sentence(refusal.detail)
        return None


def payee(connection: Connection, form: Form, directory: Mapping[str, str], own_bank: str) -> tuple[str, str] | None:
    """(bank, account number) of the payee, or errors under `to_account` and `to_bank`."""
    typed, chosen = form.value("to_account"), form.value("to_bank")
    number = " ".join(typed.split())
    if number.upper().startswith("XF") or not chosen:
        try:
            number = read_number(typed, "to_account")
        except Refusal as refusal:
            form.errors["to_account"] = sentence(refusal.detail) if typed.strip() else "Which account?"
            return None
    bank = chosen or bank_of(number)
    if bank not in directory:
        form.errors["to_account"] = (
            f"There is no bank {bank} in this federation. It has {', '.join(sorted(directory))}."
        )
        return None
    if number.startswith("XF") and bank_of(number) != bank:
        form.errors["to_bank"] = f"This account is kept by {bank_of(number)}, not by {bank}."
        return None
    if bank != own_bank:
        known = payees.payee(connection, bank, number)
        form.payee_said = about_payee(bank, known.found if known else None, known.name if known else None)
        return bank, number
    row = queries.account(connection, number)
    if row is None:
        form.errors["to_account"] = "There is no such account at this bank."
        return None
    form.payee_said = Said(f"{row.owner}, at this bank")
    return bank, number
