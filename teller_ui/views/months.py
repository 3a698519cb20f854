"""An account month by month: what it stood at when each ended, and whether it is in the archive."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.money import format_amount
from bank_node.statements.period import Period, month_of
from bank_node.store.month_queries import MonthLine
from bank_node.transfers.states import Chip
from teller_ui.views.text import date

Months = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # to choose from: under which heading, with their names
ARCHIVED = Chip("check", "Archived", "info")


@dataclass(frozen=True, slots=True)
class MonthRow:
    name: str
    history_path: str
    statement_path: str
    closing: str
    chip: Chip | None
    since: str


@dataclass(frozen=True, slots=True)
class MonthsView:
    owner: str
    number: str
    currency: str
    back_path: str
    history_path: str
    rows: tuple[MonthRow, ...]
    older_path: str = ""
    newest_path: str = ""
    no_months: tuple[str, ...] = ()  # planted among the sealed ones


def month_row(line: MonthLine, currency: str, path: str) -> MonthRow:
    return MonthRow(
        name=month_of(f"{line.month}-01").name,
        history_path=f"{path}/history?month={line.month}",
        statement_path=f"{path}/statement?month={line.month}",
        closing=format_amount(line.closing_minor, currency),
        chip=None if line.sealed_us is None else ARCHIVED,
        since="" if line.sealed_us is None else f"sealed {date(line.sealed_us)}",
    )


def months_of(periods: list[Period], sealed_up_to: str) -> Months:
    """To choose from; those in the archive stand under its name."""
    open_ = tuple((period.month, period.name) for period in periods if period.month > sealed_up_to)
    sealed = tuple((period.month, period.name) for period in periods if period.month <= sealed_up_to)
    return (("", open_), ("Archived", sealed)) if sealed else (("", open_),)
