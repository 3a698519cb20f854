"""A customer with purse and entries, and what a search found."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.transfers.states import Chip
from teller_ui.views.customer_sheets import CardLine, HoldLine, NoteLine
from teller_ui.views.frame import Act
from teller_ui.views.lists import SentRow

TYPES = {"current": "Current account", "savings": "Savings", "business": "Business account"}


@dataclass(frozen=True, slots=True)
class FoundRow:
    path: str
    name: str
    about: str
    acc: str = ""
    icon: str = "person"


@dataclass(frozen=True, slots=True)
class FoundView:
    rows: tuple[FoundRow, ...]
    asked: str = ""
    are_recent: bool = False

    @property
    def heading(self) -> str:
        return f"Search: {self.asked}" if self.asked else "Customer"

    @property
    def says(self) -> str:
        return "By name, account number, phone number or payment id. The key / leads to the search box."

    @property
    def list_heading(self) -> str:
        if self.asked:
            return "Found"
        return "Customers you had last" if self.are_recent else "Latest customers"

    @property
    def empty_words(self) -> str:
        if self.asked:
            return f"Nobody and nothing fits “{self.asked}”. Try part of a name, or an account number."
        return "This bank has no customers yet. They will stand here."


@dataclass(frozen=True, slots=True)
class PurseAccount:
    path: str
    name: str
    number: str
    currency: str
    available: str
    facts: tuple[tuple[str, str], ...]
    chips: tuple[Chip, ...] = ()
    here: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class OnItsWay:
    currency: str
    amount: str
    where: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EntryRow:
    time: str
    what: str
    who: str
    acc: str
    amount: str
    balance: str
    is_credit: bool
    path: str = ""
    chip: Chip | None = None


@dataclass(frozen=True, slots=True)
class CustomerView:
    """`warnings` are the alerts somebody wrote about the customer, `alerts` what is the matter with an account."""

    id: int
    name: str
    about: str
    acts: tuple[Act, ...]
    purse: tuple[PurseAccount, ...]
    on_its_way: tuple[OnItsWay, ...] = ()
    alerts: tuple[str, ...] = ()
    account: PurseAccount | None = None
    entries: tuple[EntryRow, ...] = ()
    older_path: str = ""
    newest_path: str = ""
    is_older: bool = False
    first_step_path: str = ""
    account_acts: tuple[Act, ...] = ()
    opened: str = ""  # the number of the account that was opened a moment ago
    holds: tuple[HoldLine, ...] = ()
    under_way: tuple[SentRow, ...] = ()
    cards: tuple[CardLine, ...] = ()
    warnings: tuple[NoteLine, ...] = ()
    notes: tuple[NoteLine, ...] = ()
    notes_ended: tuple[NoteLine, ...] = ()
    may_note: bool = False
    may_release: bool = False
