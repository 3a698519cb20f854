"""A statement as CSV (RFC 4180), for spreadsheets: no cell that somebody else wrote can become a formula.

Amounts are plain numbers with a decimal point; the line is named in `entry_id`, the day in `date`.
"""

from __future__ import annotations

import csv
import io

from bank_node.ledger.dates import rfc3339
from bank_node.ledger.money import exponent_of
from bank_node.statements.statement import Statement

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones too: some programs read them
HEADINGS = (
    "date", "booked_at", "entry_id", "what", "name", "account", "bank", "reference", "transaction_id",
    "amount", "balance", "currency",
)  # fmt: skip


def as_csv(statement: Statement) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    currency, period = statement.currency, statement.period
    writer.writerow(_edge(period.first, "Opening balance", plain(statement.opening_minor, currency), currency))
    for line in statement.lines:
        told = (line.what, line.name, line.account, line.bank, line.reference, line.transaction_id)
        amounts = (plain(line.amount_minor, currency), plain(line.balance_minor, currency))
        writer.writerow((line.date, rfc3339(line.at_us), line.entry_id, *map(harmless, told), *amounts, currency))
    writer.writerow(_edge(period.last, "Closing balance", plain(statement.closing_minor, currency), currency))
    return b"\xef\xbb\xbf" + out.getvalue().encode()  # with the mark, spreadsheets read it as UTF-8


def harmless(cell: str) -> str:
    """What a spreadsheet would calculate begins with an apostrophe, and stays text. Blanks before it do not hide it."""
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff\u200b").startswith(_FORMULA) or cell[:1] in _FORMULA else cell


def plain(minor: int, currency: str) -> str:
    """`-1234.50`: a number that programs read."""
    decimals = exponent_of(currency)
    whole, fraction = divmod(abs(minor), 10**decimals)
    return f"{'-' if minor < 0 else ''}{whole}" + (f".{fraction:0{decimals}d}" if decimals else "")


def _edge(day: str, what: str, balance: str, currency: str) -> tuple[str, ...]:
    return (day, "", "", what, "", "", "", "", "", "", balance, currency)
