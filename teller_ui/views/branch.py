"""The branch's own pages: drawers, counts, the end of day. Amounts as they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bank_node.ledger.denominations import DENOMINATIONS
from bank_node.ledger.money import EXPONENTS, format_amount
from bank_node.store.drawers import DrawerRow
from teller_ui.views.text import day_of, moment, signed


@dataclass(frozen=True, slots=True)
class Piece:
    """One note or coin in a form: the field's name, and what it is worth."""

    field: str
    worth: str


@dataclass(frozen=True, slots=True)
class PieceGroup:
    """All notes and coins of a currency."""

    currency: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class CountRow:
    """One currency of a drawer: what should be there, what was counted, the difference."""

    currency: str
    expected: str
    counted: str
    variance: str
    is_odd: bool


@dataclass(frozen=True, slots=True)
class DrawerView:
    id: int
    title: str
    says: str
    cash: tuple[str, ...]
    rows: tuple[CountRow, ...] = ()
    signed: str = ""
    is_closed: bool = False


def piece_field(currency: str, worth: int) -> str:
    return f"n_{currency}_{worth}"


PIECE_FIELDS = tuple(piece_field(currency, worth) for currency in EXPONENTS for worth in DENOMINATIONS[currency])


def pieces_of(currency: str) -> PieceGroup:
    known = DENOMINATIONS.get(currency, ())
    return PieceGroup(
        currency, tuple(Piece(piece_field(currency, worth), format_amount(worth, currency)) for worth in known)
    )


def money_list(amounts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(f"{format_amount(minor, currency)} {currency}" for currency, minor in sorted(amounts.items()))


def count_rows(expected: Mapping[str, int], counted: Mapping[str, int]) -> tuple[CountRow, ...]:
    rows = []
    for currency in sorted({*expected, *counted}):
        should, found = expected.get(currency, 0), counted.get(currency, 0)
        odd = signed(found - should, currency)
        rows.append(
            CountRow(currency, format_amount(should, currency), format_amount(found, currency), odd, found != should)
        )
    return tuple(rows)


def _signed(row: DrawerRow, supervisor: str) -> str:
    if row.variance:
        return f"{row.reason} Signed by {supervisor}."
    return f"Counted and closed by {supervisor}." if supervisor else ""


def drawer_view(row: DrawerRow, cash: Mapping[str, int], teller: str, supervisor: str, now_us: int) -> DrawerView:
    since = f"{teller}, business date {day_of(row.date)}, since {moment(row.opened_us, now_us)}"
    if row.closed_us is None:
        return DrawerView(row.id, f"Drawer {row.number}", since, money_list(cash))
    totals = {
        currency: sum(int(piece) * many for piece, many in count.items()) for currency, count in row.counted.items()
    }
    return DrawerView(
        id=row.id,
        title=f"Drawer {row.number}, closed",
        says=f"{since}, closed {moment(row.closed_us, now_us)}",
        cash=(),
        rows=count_rows(row.expected, totals),
        signed=_signed(row, supervisor),
        is_closed=True,
    )
