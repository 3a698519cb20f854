"""Notes and coins as they were typed into a form's fields, `n_EUR_5000` and the like."""

from __future__ import annotations

from bank_node.ledger.denominations import COUNT_MAX, DENOMINATIONS, total_of
from bank_node.ledger.errors import Refusal
from teller_ui.forms import Form
from teller_ui.views.branch import piece_field


def count_of(form: Form) -> dict[str, dict[str, int]]:
    """Currency to notes and coins; only what was typed. Raises Refusal for what is no number."""
    return {currency: pieces for currency in DENOMINATIONS if (pieces := pieces_in(form, currency))}


def pieces_in(form: Form, currency: str) -> dict[str, int]:
    found = {}
    for worth in DENOMINATIONS.get(currency, ()):
        typed = form.value(piece_field(currency, worth)).strip()
        if typed in ("", "0"):
            continue
        if not (typed.isascii() and typed.isdigit() and len(typed) < 8 and int(typed) <= COUNT_MAX):
            raise Refusal("FF01", f"{typed} is not a number of notes or coins", "counted")
        found[str(worth)] = int(typed)
    return found


def total(count: dict[str, int], currency: str) -> int:
    return total_of(count, currency)
