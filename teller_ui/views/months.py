"""An account month by month: what it stood at when each ended, and whether it is in the archive."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.money import format_amount
from bank_node.statements.period import month_of
from bank_node.store.month_queries import MonthLine
from bank_node.transfers.states import Chip
from teller_ui.views.text import date

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


def month_row(line: MonthLine, currency: str, path: str) -> MonthRow:
    return MonthRow(
        name=month_of(f"{line.month}-01").name,
        history_path=f"{path}/history?month={line.month}",
        statement_path=f"{path}/statement?month={line.month}",
        closing=format_amount(line.closing_minor, currency),
        chip=None if line.sealed_us is None else ARCHIVED,
        since="" if line.sealed_us is None else f"sealed {date(line.sealed_us)}",
    )
