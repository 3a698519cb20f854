"""The ledger in the database: accounts and their balances, entries and their postings.

A customer's debit is guarded in SQL. The bank's own accounts (suspense, clearing, vault) are hit by nearly every entry,
so their balances run in memory during a unit of work and are written once at its end; the unit holds the write lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bank_node.ledger.account import BLOCKED, CLOSED, OPEN
from bank_node.ledger.chart import floor_of, kind_of
from bank_node.ledger.entry import JournalEntry
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import AMOUNT_MAX, format_amount
from bank_node.store import schema
from bank_node.store.audit import AuditBook
from bank_node.store.statements import Hot, Rows, insert
from bank_node.store.unit import UnitOfWork

FACTS = Hot(
    "SELECT a.id, a.code, a.currency, c.name, c.id FROM accounts a JOIN customers c ON c.id = a.customer_id"
    " WHERE a.code = :code AND a.kind = 'customer'"
)
FACTS_BY_ID = Hot("SELECT code FROM accounts WHERE id = :id AND kind = 'customer'")
STANDING = Hot("SELECT state, balance, held, floor FROM accounts WHERE id = :id")
DEBIT = Hot(
    "UPDATE accounts SET balance = balance - :amount, version = version + 1"
    " WHERE id = :id AND state = 'open' AND balance - held - :amount >= floor RETURNING balance"
)
DEBIT_IF = Hot(DEBIT.sqlite.replace("RETURNING", "AND balance - held - floor >= :at_least RETURNING"))
CREDIT = Hot(
    "UPDATE accounts SET balance = balance + :amount, version = version + 1"
    f" WHERE id = :id AND state IN ('open', 'debit_frozen') AND balance <= {AMOUNT_MAX} - :amount RETURNING balance"
)
REFUND = Hot(
    "UPDATE accounts SET balance = balance + :amount, version = version + 1"
    f" WHERE id = :id AND state <> 'closed' AND balance <= {AMOUNT_MAX} - :amount RETURNING balance"
)
OWN = Hot(
    "SELECT id, balance FROM accounts WHERE code = :code AND currency = :currency",
    postgresql="SELECT id, balance FROM accounts WHERE code = :code AND currency = :currency FOR UPDATE",
)
OPEN_OWN = insert(schema.accounts, ["code", "currency", "kind", "floor", "opened_us"], "RETURNING id, balance")
SETTLE = Hot("UPDATE accounts SET balance = :balance, version = version + 1 WHERE id = :id")
LAST_ENTRY = Hot("SELECT max(id) FROM entries")
ENTRIES = Rows(schema.entries, ["id", "kind", "currency", "transaction_id", "text", "actor", "at_us"])
POSTINGS = Rows(schema.postings, ["account_id", "entry_id", "amount", "balance_after"])


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What never changes about a customer's account."""

    id: int
    number: str
    currency: str
    owner: str
    customer_id: int


@dataclass(slots=True)
class _Own:
    id: int
    balance: int
    code: str
    changed: bool = False


class LedgerBook:
    def __init__(self, unit: UnitOfWork, audit: AuditBook) -> None:
        self._unit = unit
        self._audit = audit
        self._facts: dict[str, AccountFacts] = {}
        self._own: dict[tuple[str, str], _Own] = {}
        self._own_by_id: dict[int, _Own] = {}

    def facts(self, number: str) -> AccountFacts | None:
        """The customer's account with this number in canonical form."""
        known = self._facts.get(number)
        if known is None:
            row = self._unit.one(FACTS, {"code": number})
            if row is None:
                return None
            if len(self._facts) > 100_000:
                self._facts.clear()
            known = self._facts[number] = AccountFacts(row[0], row[1], row[2], row[3], row[4])
        return known

    def facts_of(self, account_id: int) -> AccountFacts | None:
        """The customer's account with this id."""
        row = self._unit.one(FACTS_BY_ID, {"id": account_id})
        return None if row is None else self.facts(row[0])

    def own(self, code: str, currency: str, now_us: int) -> int:
        """The id of one of the bank's own accounts, opened at its first use."""
        own = self._own.get((code, currency))
        if own is None:
            row = self._unit.one(OWN, {"code": code, "currency": currency})
            if row is None:
                opening = {"code": code, "currency": currency, "kind": kind_of(code), "floor": floor_of(code)}
                row = self._unit.change_one(OPEN_OWN, {**opening, "opened_us": now_us})
            own = self._own[code, currency] = self._own_by_id[row[0]] = _Own(row[0], row[1], code)
        return own.id

    def own_standing(self, account_id: int) -> tuple[str, int]:
        """Code and balance of one of the bank's own accounts that was asked for in this unit of work."""
        own = self._own_by_id[account_id]
        return own.code, own.balance

    def debit_refusal(
        self, account: AccountFacts, amount_minor: int, field: str = "from_account", at_least_minor: int | None = None
    ) -> Refusal:
        """Why a guarded debit let nothing through."""
        state, balance, held, floor = self._unit.one(STANDING, {"id": account.id})
        if state == CLOSED:
            return Refusal("AC04", "the account is closed", field)
        if state != OPEN:
            words = "blocked" if state == BLOCKED else "frozen for debits"
            return Refusal("AC06", f"the account is {words}", field)
        available = format_amount(max(0, balance - held - floor), account.currency)
        if at_least_minor is not None and balance - held - floor >= amount_minor:
            wanted = format_amount(at_least_minor, account.currency)
            words = f"{available} {account.currency} are available; it was to be done only with {wanted} or more"
            return Refusal("condition_not_met", words, "only_if_available_minor")
        asked = format_amount(amount_minor, account.currency)
        return Refusal("AM04", f"{available} {account.currency} are available; {asked} were asked for", "amount_minor")

    def credit_refusal(self, account: AccountFacts) -> tuple[str, str]:
        """Why a guarded credit let nothing through: (code, text)."""
        state = self._unit.one(STANDING, {"id": account.id})[0]
        if state == CLOSED:
            return "AC04", "the account is closed"
        if state == BLOCKED:
            return "AC06", "the account is blocked"
        return "AM02", "the account cannot hold so much"

    def debit(self, account_id: int, amount_minor: int, at_least_minor: int | None = None) -> int | None:
        """Takes from a customer's account what is available; its balance, or None and nothing happened.

        With `at_least_minor` only if so much is available before it.
        """
        asked = {"id": account_id, "amount": amount_minor}
        if at_least_minor is None:
            row = self._unit.change_one(DEBIT, asked)
        else:
            row = self._unit.change_one(DEBIT_IF, {**asked, "at_least": at_least_minor})
        return None if row is None else int(row[0])

    def credit(self, account_id: int, amount_minor: int) -> int | None:
        """Adds to a customer's account that accepts credits; its balance, or None and nothing happened."""
        row = self._unit.change_one(CREDIT, {"id": account_id, "amount": amount_minor})
        return None if row is None else int(row[0])

    def refund(self, account_id: int, amount_minor: int) -> int | None:
        """Gives money back, also to a frozen or blocked account; None where it is closed (or would be too full)."""
        row = self._unit.change_one(REFUND, {"id": account_id, "amount": amount_minor})
        return None if row is None else int(row[0])

    def book(
        self,
        entry: JournalEntry,
        now_us: int,
        balances: dict[int, int],
        also: dict[str, Any] | None = None,
        subject: str | None = None,
    ) -> int:
        """Writes an entry and its row of the audit log, and returns its id. `balances` are those of customers' accounts
        after it. `also` is what else the audit log shall say, `subject` what it is about, if not the entry's transfer.
        """
        entry_id, transaction_id = self._unit.next_number(LAST_ENTRY, "entries"), entry.transaction_id
        about = (entry_id, entry.kind, entry.currency, transaction_id, entry.text, entry.actor, now_us)
        self._unit.add_tuple(ENTRIES, about)
        moved = []
        for posting in entry.postings:
            id_, amount = posting.account_id, posting.amount_minor
            after = self._after(id_, amount, balances)
            self._unit.add_tuple(POSTINGS, (id_, entry_id, amount, after))
            moved.append((id_, amount, after))
        facts: dict[str, Any] = {"entry": entry_id, "currency": entry.currency, "postings": moved}
        if entry.text is not None:
            facts["text"] = entry.text
        if subject is not None:
            facts["transaction_id"] = transaction_id
        if also is not None:
            facts.update(also)
        self._audit.note(entry.kind, subject or transaction_id or f"entry/{entry_id}", entry.actor, facts)
        return entry_id

    def _after(self, account_id: int, amount_minor: int, balances: dict[int, int]) -> int:
        known = balances.get(account_id)
        if known is not None:
            return known
        own = self._own_by_id[account_id]
        own.balance += amount_minor
        own.changed = True
        return own.balance

    def settle(self) -> None:
        """Writes the balances of the bank's own accounts; the last thing a unit of work does."""
        self._unit.change_many(
            SETTLE, [{"id": own.id, "balance": own.balance} for own in self._own.values() if own.changed]
        )
        self._own.clear()
        self._own_by_id.clear()

    def forget(self) -> None:
        """After a roll-back nothing read in the unit may be believed."""
        self._facts.clear()
        self._own.clear()
        self._own_by_id.clear()
