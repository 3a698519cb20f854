"""One table, role x action. What is not in it is denied; pages and API ask the same function."""

from __future__ import annotations

from typing import Final, Protocol

TELLER = "teller"
SUPERVISOR = "supervisor"
AUDITOR = "auditor"
ADMIN = "admin"
CUSTOMER = "customer"
STAFF: Final = (TELLER, SUPERVISOR, AUDITOR, ADMIN)
ROLES: Final = (*STAFF, CUSTOMER)

_COUNTER = frozenset({TELLER, SUPERVISOR})
_BOOKS = frozenset({TELLER, SUPERVISOR, AUDITOR})

TABLE: Final[dict[str, frozenset[str]]] = {
    "self.read": frozenset(ROLES),
    "self.sign_out": frozenset(ROLES),
    "self.password": frozenset(ROLES),
    "self.sessions": frozenset(ROLES),
    # A customer, from home: his own accounts and nothing else. Whatever he may not see is not there for him (404).
    "own.read": frozenset({CUSTOMER}),
    "own.pay": frozenset({CUSTOMER}),
    "banks.read": frozenset(STAFF),
    "customers.read": _BOOKS,
    "customers.open": _COUNTER,
    "accounts.read": _BOOKS,
    "accounts.open": _COUNTER,
    "accounts.change_state": frozenset({SUPERVISOR}),
    "accounts.change_terms": frozenset({SUPERVISOR}),
    "accounts.label": _COUNTER,
    "customers.note": _COUNTER,
    "holds.place": _COUNTER,
    "holds.release": _COUNTER,
    "cards.read": _BOOKS,
    "cards.issue": _COUNTER,
    "cards.block": _COUNTER,
    "cash.deposit": _COUNTER,
    "cash.withdraw": _COUNTER,
    # The branch: a drawer is its teller's, or a supervisor's to close in his stead; what is above a limit, and a day
    # that was closed, is the supervisor's word.
    "drawers.read": _BOOKS,
    "drawers.claim": _COUNTER,
    "drawers.close": _COUNTER,
    "approvals.read": _BOOKS,
    "approvals.decide": frozenset({SUPERVISOR}),
    "approvals.withdraw": _COUNTER,
    "entries.reverse": _COUNTER,
    "day.read": _BOOKS,
    "day.close": _COUNTER,
    "day.reopen": frozenset({SUPERVISOR}),
    "transfers.read": _BOOKS,
    "transfers.send": _COUNTER,
    "transfers.ask": _COUNTER,
    "transfers.recall": _COUNTER,
    "transfers.return": _COUNTER,
    # The stuck-work desk. Whoever works with customers sees it, asks, and says that he has seen. What decides about a
    # customer's money while he is not at the counter is the supervisor's: a record that was not believed may credit an
    # account when it is tried again, and agreeing to a recall takes money from one.
    "desk.read": _BOOKS,
    "desk.seen": _COUNTER,
    "desk.redrive": frozenset({SUPERVISOR}),
    "desk.answer_recall": frozenset({SUPERVISOR}),
    "desk.pay_out": frozenset({SUPERVISOR}),
    "audit.snapshot": frozenset({AUDITOR}),
    "audit.read": frozenset({SUPERVISOR, AUDITOR}),
    "logins.read": _BOOKS,
    "logins.give": _COUNTER,
    "sessions.all": frozenset({ADMIN}),
    "staff.read": frozenset({SUPERVISOR, AUDITOR, ADMIN}),
    "staff.change": frozenset({ADMIN}),
}


class HasRole(Protocol):
    @property
    def role(self) -> str: ...


def may(person: HasRole | None, action: str) -> bool:
    """Whether this person may do it; nobody may do what the table does not name."""
    return person is not None and person.role in TABLE.get(action, frozenset())


def must_choose_password(action: str) -> bool:
    """Whether somebody who came in by a one-time password has to choose an own one before he does this."""
    return action not in ("self.read", "self.sign_out", "self.password")


def who_may(action: str) -> tuple[str, ...]:
    """The roles that may, in the order of ROLES: for refusals in words and for the API's own description."""
    return tuple(role for role in ROLES if role in TABLE.get(action, frozenset()))
