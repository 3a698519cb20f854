"""The papers of a statement: whatever a name or a reference says, nothing runs and nothing breaks (S17)."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.statements import paper
from bank_node.statements.camt053 import NAMESPACE, as_xml
from bank_node.statements.fonts import find_letters, find_more
from bank_node.statements.paper import PaperProblem, as_pdf
from bank_node.statements.period import Period
from bank_node.statements.spreadsheet import HEADINGS, as_csv, harmless
from bank_node.statements.statement import Statement, StatementLine
from tests.support.checkout import ROOT

SCRIPT = "<script>alert(1)</script>"
NAMES = (
    SCRIPT, "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>", "=HYPERLINK(\"http://x\")", "Łódź Ünï", "東京銀行", "عربي",
    "देवनागरी", "Жанна 😀", "a\u202eb\x00c\ud800", "(x) \\ Tj ET", "%d {{ 7*7 }} **b** [l](u)", "x" * 400,
    '"quoted", \r\n next',
)  # fmt: skip
KINDS = ("transfer_in", "transfer_out", "transfer_inside", "transfer_refunded", "deposit", "withdrawal", "return_in",
         "return_out", "reversal", "opening", "unclaimed_paid_out", "something_new", "transfer_in")  # fmt: skip


def line(number: int, name: str, kind: str, amount: int) -> StatementLine:
    id_ = "0193a6b4-0000-7000-8000-000000000001" if "transfer" in kind else ""
    return StatementLine(
        number, "2026-11-21", 1_795_255_200_000_000, kind, f"What {kind}", name, "XF50BRVO0000002017", "BRVO", name,
        id_, amount, 100_00 + amount,
    )  # fmt: skip


@pytest.fixture
def statement() -> Statement:
    lines = tuple(
        line(place, name, kind, -12_50 if place % 2 else 12_50)
        for place, (name, kind) in enumerate(zip(NAMES, KINDS, strict=True), 1)
    )
    period = Period("2026-11-01", "2026-11-30")
    return Statement(
        "ALFA", "Alfa Savings Bank", SCRIPT, "XF50ALFA0000002017", "current", SCRIPT, "EUR", period, -5_00, 100_00,
        lines, 1_795_255_200_000_000, False,
    )  # fmt: skip


# -- CSV -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0@x", "＝1", "\ufeff=1"]
)
def test_a_cell_that_could_be_a_formula_is_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "rent", "a=b", "2026-11", "Łódź", "'"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


def test_the_csv_holds_every_line_and_no_formula(statement: Statement) -> None:
    text = as_csv(replace(statement, lines=statement.lines[:8])).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == HEADINGS
    assert rows[1][3], rows[-1][3] == ("Opening balance", "Closing balance")
    assert [row[4] for row in rows[2:-1]] == [harmless(name) for name in NAMES[:8]]
    assert (rows[1][10], rows[2][9], rows[2][10]) == ("-5.00", "-12.50", "87.50")
    told = [cell for row in rows for place, cell in enumerate(row) if place not in (9, 10)]
    assert not [cell for cell in told if cell.startswith(("=", "+", "-", "@"))]


# -- camt.053 --------------------------------------------------------------------------------------------------------

# Every element this bank writes, with what may stand in it, in the order of camt.053.001.08; `!`: has to, `*`: many.
SEQUENCE = {
    "Document": "BkToCstmrStmt!",
    "BkToCstmrStmt": "GrpHdr! Stmt!*",
    "GrpHdr": "MsgId! CreDtTm!",
    "Stmt": "Id! CreDtTm FrToDt Acct! Bal!* TxsSummry Ntry*",
    "FrToDt": "FrDtTm! ToDtTm!",
    "Acct": "Id! Ccy Nm Ownr Svcr",
    "Acct/Id": "Othr!",
    "DbtrAcct": "Id!",
    "CdtrAcct": "Id!",
    "DbtrAcct/Id": "Othr!",
    "CdtrAcct/Id": "Othr!",
    "Othr": "Id!",
    "Ownr": "Nm",
    "Svcr": "FinInstnId!",
    "FinInstnId": "BICFI Nm",
    "Bal": "Tp! Amt! CdtDbtInd! Dt!",
    "Tp": "CdOrPrtry!",
    "CdOrPrtry": "Cd!",
    "Bal/Dt": "Dt!",
    "TxsSummry": "TtlNtries TtlCdtNtries TtlDbtNtries",
    "TtlNtries": "NbOfNtries Sum TtlNetNtry",
    "TtlNetNtry": "Amt! CdtDbtInd!",
    "TtlCdtNtries": "NbOfNtries Sum",
    "TtlDbtNtries": "NbOfNtries Sum",
    "Ntry": "NtryRef Amt! CdtDbtInd! RvslInd Sts! BookgDt ValDt AcctSvcrRef BkTxCd! NtryDtls* AddtlNtryInf",
    "Sts": "Cd!",
    "BookgDt": "Dt!",
    "ValDt": "Dt!",
    "BkTxCd": "Domn Prtry",
    "Domn": "Cd! Fmly!",
    "Fmly": "Cd! SubFmlyCd!",
    "BkTxCd/Prtry": "Cd! Issr",
    "NtryDtls": "TxDtls*",
    "TxDtls": "Refs Amt CdtDbtInd RltdPties RltdAgts RmtInf AddtlTxInf",
    "Refs": "TxId",
    "RltdPties": "Dbtr DbtrAcct Cdtr CdtrAcct",
    "Dbtr": "Pty!",
    "Cdtr": "Pty!",
    "Pty": "Nm",
    "RltdAgts": "DbtrAgt CdtrAgt",
    "DbtrAgt": "FinInstnId!",
    "CdtrAgt": "FinInstnId!",
    "RmtInf": "Ustrd*",
}
LENGTHS = {"MsgId": 35, "Nm": 140, "Ustrd": 140, "TxId": 35, "NtryRef": 35, "AcctSvcrRef": 35, "Issr": 35,
           "AddtlNtryInf": 500, "AddtlTxInf": 500}  # fmt: skip


def check(element: Element, parent: str = "") -> None:
    name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    assert element.tag == f"{{{NAMESPACE}}}{name}"
    children = [child.tag.rpartition("}")[2] for child in element]
    if not children:
        assert element.text
        assert element.text.strip()
        assert len(element.text) <= LENGTHS.get(name, 500)
        return
    rule = SEQUENCE.get(f"{parent}/{name}", SEQUENCE.get(name, "")).split()
    order = [part.rstrip("*!") for part in rule]
    assert set(children) <= set(order), (name, children)
    assert children == sorted(children, key=order.index), (name, children)
    for part in rule:
        count = children.count(part.rstrip("*!"))
        assert count >= ("!" in part), (name, part)
        assert count <= 1 or part.endswith("*"), (name, part)
    for child in element:
        check(child, name)


def test_the_xml_has_the_elements_of_the_standard_in_their_order(statement: Statement) -> None:
    check(fromstring(as_xml(statement)))


def test_the_xml_of_an_empty_statement_is_whole_too(statement: Statement) -> None:
    check(fromstring(as_xml(replace(statement, lines=(), label="", is_closed=True))))


def test_the_xml_says_what_the_books_say(statement: Statement) -> None:
    found = fromstring(as_xml(replace(statement, is_closed=True))).find(f".//{{{NAMESPACE}}}Stmt")
    assert found is not None

    def texts(path: str) -> list[str]:
        return [e.text or "" for e in found.findall("/".join(f"{{{NAMESPACE}}}{part}" for part in path.split("/")))]

    assert texts("Bal/Tp/CdOrPrtry/Cd") == ["OPBD", "CLBD"]
    assert texts("Bal/Amt") == ["5.00", "100.00"]
    assert texts("Bal/CdtDbtInd") == ["DBIT", "CRDT"]
    assert texts("Acct/Ownr/Nm") == [SCRIPT]
    assert texts("Ntry/NtryRef") == [str(place) for place in range(1, 14)]
    assert set(texts("Ntry/CdtDbtInd")) == {"DBIT", "CRDT"}
    assert len(texts("Ntry/RvslInd")) == 1
    assert texts("TxsSummry/TtlNtries/NbOfNtries") == ["13"]
    assert len(texts("Id")[0]) <= 35


# -- PDF -------------------------------------------------------------------------------------------------------------


def test_any_name_makes_a_pdf_and_none_of_it_is_active(statement: Statement) -> None:
    made = as_pdf(statement)
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    outside = re.sub(rb"\bstream\r?\n.*?endstream", b"", made, flags=re.DOTALL)
    for active in (b"/JavaScript", b"/JS", b"/Launch", b"/AA", b"/EmbeddedFile", b"/URI"):
        assert active not in outside


def test_the_pdf_of_a_machine_without_fonts_is_made_too(statement: Statement) -> None:
    code = (
        "import sys; from bank_node.statements import press; press.find_letters = lambda: None;"
        "sys.stdout.buffer.write(press.draw(press.orjson.loads(sys.stdin.buffer.read())))"
    )
    document = paper.as_json(statement)
    made = subprocess.run([sys.executable, "-c", code], input=document, capture_output=True, cwd=ROOT, check=False)
    assert made.stdout.startswith(b"%PDF-"), made.stderr.decode()


def test_no_bank_imports_the_library_that_draws() -> None:
    code = "import sys, bank_node.main; print([m for m in ('fpdf', 'fontTools', 'PIL') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert said.stdout.strip() == "[]"


def test_what_is_too_long_for_a_pdf_is_refused_in_words(statement: Statement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "LINES_MAX", 2)
    with pytest.raises(Refusal, match="take the CSV"):
        as_pdf(statement)


def test_a_press_that_fails_is_a_problem_in_words(statement: Statement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(PaperProblem, match="could not be made"):
        as_pdf(statement)


def test_fonts_are_looked_for_where_machines_have_them(tmp_path: Path) -> None:
    assert find_letters([str(tmp_path)]) is None
    assert find_more([str(tmp_path)]) == []
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"")
    found = find_letters([str(tmp_path)])
    assert found is not None
    assert (found.regular, found.bold) == (tmp_path / "DejaVuSans.ttf",) * 2
