"""What stands on a statement, in whatever form it leaves the bank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bank_node.bank import Bank
from bank_node.ledger.errors import Refusal
from bank_node.statements.period import Period
from bank_node.statements.wording import reference, what, with_whom
from bank_node.store.archive import sealed_up_to
from bank_node.store.business_dates import business_day
from bank_node.store.history_queries import Calendar, balance_before, lines_of, stretch_of
from bank_node.store.queries import AccountRow, HistoryLine

LINES_MAX = 5_000


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`date` is the business date; `balance_minor` the one after it."""

    entry_id: int
    date: str
    at_us: int
    kind: str
    what: str
    name: str
    account: str
    bank: str
    reference: str
    transaction_id: str
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """`is_closed`: every day of it is; nothing can be booked into it any more. `is_archived`: and all is sealed."""

    bank_id: str
    bank_name: str
    owner: str
    number: str
    type: str
    label: str
    currency: str
    period: Period
    opening_minor: int
    closing_minor: int
    lines: tuple[StatementLine, ...]
    made_us: int
    is_closed: bool
    is_archived: bool = False

    @property
    def id(self) -> str:
        """At most 35 characters, as ISO 20022 wants it: the account, and which days."""
        return f"{self.number}/{self.period.first.replace('-', '')}-{self.period.last[2:].replace('-', '')}"

    @property
    def name(self) -> str:
        """What a file of it is called, without its ending."""
        return f"{self.number}-{self.period.month or f'{self.period.first}-to-{self.period.last}'}"

    @property
    def credits(self) -> tuple[int, int]:
        """(how many, how much)."""
        amounts = [line.amount_minor for line in self.lines if line.amount_minor > 0]
        return len(amounts), sum(amounts)

    @property
    def debits(self) -> tuple[int, int]:
        """(how many, how much, above zero)."""
        amounts = [-line.amount_minor for line in self.lines if line.amount_minor < 0]
        return len(amounts), sum(amounts)


def statement_of(bank: Bank, connection: Any, account: AccountRow, period: Period) -> Statement:
    """An account's entries of these days. Raises Refusal where they are too many for one paper."""
    now_us = bank.clock.now_us()
    stretch = stretch_of(connection, account.id, period.first, period.last)
    rows = lines_of(connection, account.id, stretch, LINES_MAX + 1)
    if len(rows) > LINES_MAX:
        words = f"more than {LINES_MAX:,} entries do not fit on one statement: ask for fewer days"
        raise Refusal("invalid", words, "from")
    calendar = Calendar(connection)
    lines = tuple(_line(row, calendar) for row in rows)
    opening = balance_before(connection, account.id, stretch.first)
    return Statement(
        bank_id=bank.charter.bank_id,
        bank_name=bank.settings.name,
        owner=account.owner,
        number=account.number,
        type=account.type,
        label=account.label or "",
        currency=account.currency,
        period=period,
        opening_minor=opening,
        closing_minor=lines[-1].balance_minor if lines else opening,
        lines=lines,
        made_us=now_us,
        is_closed=period.last < business_day(connection, now_us).date,
        is_archived=period.last[:7] <= sealed_up_to(connection),
    )


def _line(row: HistoryLine, calendar: Calendar) -> StatementLine:
    name, account = with_whom(row)
    return StatementLine(
        entry_id=row.entry_id,
        date=calendar.date_of(row.entry_id, row.at_us),
        at_us=row.at_us,
        kind=row.kind,
        what=what(row),
        name=name,
        account=account,
        bank=row.peer or row.to_bank or "",
        reference=reference(row),
        transaction_id=row.transaction_id or "",
        amount_minor=row.amount_minor,
        balance_minor=row.balance_minor,
    )
