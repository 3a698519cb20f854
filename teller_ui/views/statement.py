"""A statement on a page, and what of a history was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.account import group
from bank_node.ledger.money import format_amount
from bank_node.statements.link import StatementLink
from bank_node.statements.statement import Statement, StatementLine
from teller_ui.forms import Form
from teller_ui.views.customer import TYPES, EntryRow
from teller_ui.views.months import Months
from teller_ui.views.text import clock, date, day_of, plural, signed


@dataclass(frozen=True, slots=True)
class DaysAsked:
    """The fields of both pages: a month to choose, or two dates."""

    path: str  # of the page itself
    form: Form
    months: Months
    number: str
    owner: str
    back_path: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    asked: DaysAsked
    entries: tuple[EntryRow, ...] = ()
    older_path: str = ""
    newest_path: str = ""
    is_older: bool = False
    first_step_path: str = ""
    is_filtered: bool = False
    statement_path: str = ""
    months_path: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class StatementRow:
    date: str
    what: str
    who: str
    acc: str
    reference: str
    amount: str
    balance: str
    is_credit: bool


@dataclass(frozen=True, slots=True)
class StatementView:
    asked: DaysAsked
    period: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    currency: str = ""
    first_day: str = ""
    last_day: str = ""
    opening: str = ""
    closing: str = ""
    rows: tuple[StatementRow, ...] = ()
    sums: str = ""
    is_closed: bool = False
    is_archived: bool = False
    csv_path: str = ""
    xml_path: str = ""
    pdf_path: str = ""
    pdf_until: str = ""


def statement_view(asked: DaysAsked, said: Statement, link: StatementLink) -> StatementView:
    currency, kind = said.currency, TYPES.get(said.type, said.type)
    (credits, credited), (debits, debited) = said.credits, said.debits
    query = f"?from={said.period.first}&until={said.period.last}"
    return StatementView(
        asked=asked,
        period=said.period.name,
        facts=(
            ("Owner", said.owner),
            ("Account", f"{group(said.number)}"),
            ("Kind", f"{kind}, {said.label}" if said.label else kind),
            ("Made", f"{date(said.made_us)}, {clock(said.made_us)}"),
        ),
        currency=currency,
        first_day=day_of(said.period.first),
        last_day=day_of(said.period.last),
        opening=format_amount(said.opening_minor, currency),
        closing=format_amount(said.closing_minor, currency),
        rows=tuple(_row(line, currency) for line in said.lines),
        sums=f"{plural(credits, 'credit')} of {format_amount(credited, currency)}, "
        f"{plural(debits, 'debit')} of {format_amount(debited, currency)}",
        is_closed=said.is_closed,
        is_archived=said.is_archived,
        csv_path=f"{asked.path}.csv{query}",
        xml_path=f"{asked.path}.xml{query}",
        pdf_path=link.path,
        pdf_until=clock(link.expires_us)[:5],
    )


def _row(line: StatementLine, currency: str) -> StatementRow:
    return StatementRow(
        date=day_of(line.date),
        what=line.what,
        who=line.name,
        acc=group(line.account) if line.account.startswith("XF") else line.account,
        reference=line.reference,
        amount=signed(line.amount_minor, currency),
        balance=format_amount(line.balance_minor, currency),
        is_credit=line.amount_minor > 0,
    )
