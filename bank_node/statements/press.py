"""The press: a statement as JSON comes in, a PDF goes out. The only module that knows fpdf; run as a process.

Nothing in a text is markup here: names and references are drawn letter by letter.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unicodedata import bidirectional, category

import orjson
from fontTools.ttLib import TTFont
from fpdf import FPDF, FontFace
from fpdf.bidi import BidiParagraph

from bank_node.ledger.account import group
from bank_node.ledger.money import format_amount
from bank_node.statements.fonts import find_letters, find_more
from bank_node.statements.period import Period

INK, QUIET, HAIR = 30, 95, 205  # greys
WIDTHS, ALIGN = (27, 95, 32, 36), ("LEFT", "LEFT", "RIGHT", "RIGHT")  # mm, of 190
TYPES = {"current": "Current account", "savings": "Savings account", "business": "Business account"}
_NO_TEXT = ("Cn", "Co", "Cs")  # no character, nobody's but the writer's, half of one
_LIKE = str.maketrans({"−": "–", "\u00a0": " ", "\u202f": " "})  # of letters that a reader's own fonts have


class Sheet(FPDF):
    """A4, with a foot on every page."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self.foot, self.family, self.has_own_letters = foot, "Helvetica", False
        self.missing = frozenset[str]()  # letters that no font here has
        self.set_margins(10, 12)
        self.set_auto_page_break(True, 16)

    def footer(self) -> None:
        self.set_y(-12)
        self.ink(8, grey=QUIET)
        self.cell(150, 5, self.clean(self.foot))
        self.cell(0, 5, f"Page {self.page_no()} of {{nb}}", align="R")

    def ink(self, size: float, style: str = "", grey: int = INK) -> None:
        self.set_font(self.family, style, size)
        self.set_text_color(grey)

    def clean(self, text: str) -> str:
        """One line, in the order it is drawn, that this sheet's letters can write. Marks that turn text go."""
        shown = "".join("?" if c in self.missing or category(c) in _NO_TEXT else c for c in text if category(c) != "Cf")
        line = " ".join(shown.split())
        if self.has_own_letters:
            is_turned = any(bidirectional(c) in ("R", "AL") for c in line)
            return BidiParagraph(line).get_reordered_string() if is_turned else line
        return line.translate(_LIKE).encode("cp1252", "replace").decode("cp1252")


def draw(document: dict[str, Any]) -> bytes:
    period = Period(**document["period"])
    foot = f"{document['bank_name']} ({document['bank_id']}), account {group(document['number'])}, {period.name}"
    sheet = Sheet(foot)
    _take_letters(sheet, _all_texts(document))
    sheet.set_title(sheet.clean(f"Statement {document['number']} {period.name}"))
    sheet.set_creation_date(_moment(document["made_us"]))
    sheet.set_lang("en")
    sheet.add_page()
    _head(sheet, document, period)
    _table(sheet, document, period)
    sheet.ink(9, grey=QUIET)
    sheet.ln(4)
    words = "Dates are business dates of the bank."
    if not document["is_closed"]:
        words += " Not all of these days are closed: more may be booked."
    sheet.multi_cell(0, 5, words)
    return bytes(sheet.output())


def _take_letters(sheet: Sheet, text: str) -> None:
    """Fonts of this machine, embedded as far as they are used; without any, the ones every reader has."""
    letters = find_letters()
    if letters is None:
        sheet.core_fonts_encoding = "cp1252"
        return
    sheet.family, sheet.has_own_letters = "letters", True
    sheet.add_font("letters", "", letters.regular)
    sheet.add_font("letters", "B", letters.bold)
    missing, more = _without(text, letters.regular), []
    for path in find_more() if missing else ():
        left = _without(missing, path)
        if left != missing:
            more.append(path.stem)
            sheet.add_font(path.stem, "", path)
            missing = left
        if not missing:
            break
    sheet.missing = frozenset(missing)
    sheet.set_fallback_fonts(more, exact_match=False)


def _without(text: str, font: Path) -> str:
    """The letters of a text that a font does not have."""
    with TTFont(font, lazy=True, fontNumber=0) as opened:
        known = opened.getBestCmap() or {}
    return "".join(c for c in dict.fromkeys(text) if ord(c) not in known and not c.isspace())


def _head(sheet: Sheet, document: dict[str, Any], period: Period) -> None:
    sheet.ink(15, "B")
    sheet.cell(110, 8, sheet.clean(document["bank_name"]))
    sheet.ink(11, grey=QUIET)
    sheet.cell(0, 8, "Statement of account", align="R", new_x="LMARGIN", new_y="NEXT")
    sheet.set_draw_color(INK)
    sheet.line(10, sheet.get_y() + 1, 200, sheet.get_y() + 1)
    sheet.ln(5)
    made = _moment(document["made_us"])
    kind = TYPES.get(document["type"], document["type"]) + (f", {document['label']}" if document["label"] else "")
    facts = (
        ("Owner", document["owner"]),
        ("Account", f"{group(document['number'])} ({kind}, {document['currency']})"),
        ("Period", period.name),
        ("Made", f"{made:%Y-%m-%d %H:%M} UTC"),
    )
    for name, value in facts:
        sheet.ink(10, grey=QUIET)
        sheet.cell(26, 6, name)
        sheet.ink(10)
        sheet.multi_cell(0, 6, sheet.clean(value), new_x="LMARGIN", new_y="NEXT", align="L")
    sheet.ln(4)


def _table(sheet: Sheet, document: dict[str, Any], period: Period) -> None:
    currency = document["currency"]
    sheet.ink(9)
    sheet.set_draw_color(HAIR)
    bold = FontFace(emphasis="BOLD")
    with sheet.table(
        col_widths=WIDTHS,
        text_align=ALIGN,
        borders_layout="HORIZONTAL_LINES",
        line_height=4.6,
        padding=(1.2, 1),
        headings_style=FontFace(emphasis="BOLD", color=QUIET),
        v_align="TOP",
    ) as table:
        table.row(("Date", "What", f"Amount {currency}", f"Balance {currency}"))
        opening = sheet.clean(format_amount(document["opening_minor"], currency))
        table.row((_day(period.first), "Opening balance", "", opening), style=bold)
        for line in document["lines"]:
            amount, balance = (format_amount(line[name], currency) for name in ("amount_minor", "balance_minor"))
            table.row((_day(line["date"]), _what(sheet, line), sheet.clean(amount), sheet.clean(balance)))
        closing = sheet.clean(format_amount(document["closing_minor"], currency))
        table.row((_day(period.last), "Closing balance", "", closing), style=bold)


def _what(sheet: Sheet, line: dict[str, Any]) -> str:
    """What, with whom, what for: a line of the paper each."""
    number = group(line["account"]) if line["account"].startswith("XF") else line["account"]
    whom = ", ".join(filter(None, (line["name"], number)))
    return "\n".join(sheet.clean(part) for part in (line["what"], whom, line["reference"]) if part.strip())


def _all_texts(document: dict[str, Any]) -> str:
    texts = [document[name] for name in ("bank_name", "owner", "label")]
    for line in document["lines"]:
        texts += [line["name"], line["account"], line["reference"]]
    return "".join(texts)


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%b %Y}"


def _moment(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC)


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(orjson.loads(sys.stdin.buffer.read())))
