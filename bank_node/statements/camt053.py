"""A statement as ISO 20022 XML, `camt.053.001.08` (BankToCustomerStatementV08), for accounting programs.

Elements stand in the order of the standard, and only those that the bank has something to say in. Texts are cut to its
lengths, and rid of characters that XML cannot hold; the whole text is on the other papers.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from bank_node.ledger.dates import rfc3339
from bank_node.statements.spreadsheet import plain
from bank_node.statements.statement import Statement, StatementLine

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
MEDIA_TYPE = "application/xml"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# kind -> family and sub-family within payments (ISO 20022 bank transaction codes)
_CODES = {
    "deposit": ("CNTR", "CDPT"),
    "withdrawal": ("CNTR", "CWDL"),
    "transfer_out": ("ICDT", "DMCT"),
    "transfer_in": ("RCDT", "DMCT"),
    "transfer_refunded": ("ICDT", "RRTN"),
    "return_in": ("ICDT", "RRTN"),
    "return_out": ("RCDT", "RRTN"),
}
_BACK = frozenset({"transfer_refunded", "return_in", "return_out"})


def as_xml(statement: Statement) -> bytes:
    document = Element("Document", xmlns=NAMESPACE)
    message = SubElement(document, "BkToCstmrStmt")
    header = SubElement(message, "GrpHdr")
    _text(header, "MsgId", statement.id, 35)
    _text(header, "CreDtTm", rfc3339(statement.made_us))
    _statement(SubElement(message, "Stmt"), statement)
    indent(document)
    xml: bytes = tostring(document, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml + b"\n"


def _statement(at: Element, statement: Statement) -> None:
    _text(at, "Id", statement.id, 35)
    _text(at, "CreDtTm", rfc3339(statement.made_us))
    days = SubElement(at, "FrToDt")
    _text(days, "FrDtTm", f"{statement.period.first}T00:00:00Z")
    _text(days, "ToDtTm", f"{statement.period.last}T23:59:59Z")
    _account(SubElement(at, "Acct"), statement)
    _balance(at, "OPBD", statement.opening_minor, statement.currency, statement.period.first)
    closing = "CLBD" if statement.is_closed else "ITBD"  # booked, or so far
    _balance(at, closing, statement.closing_minor, statement.currency, statement.period.last)
    _summary(SubElement(at, "TxsSummry"), statement)
    for line in statement.lines:
        _entry(SubElement(at, "Ntry"), line, statement)


def _account(at: Element, statement: Statement) -> None:
    _other_id(at, statement.number)
    _text(at, "Ccy", statement.currency)
    _text(at, "Nm", statement.label, 70)
    _text(SubElement(at, "Ownr"), "Nm", statement.owner, 140)
    bank = SubElement(SubElement(at, "Svcr"), "FinInstnId")
    _text(bank, "BICFI", f"{statement.bank_id}XFXX")
    _text(bank, "Nm", statement.bank_name, 140)


def _balance(at: Element, code: str, minor: int, currency: str, day: str) -> None:
    balance = SubElement(at, "Bal")
    _text(SubElement(SubElement(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(balance, minor, currency)
    _text(SubElement(balance, "Dt"), "Dt", day)


def _summary(at: Element, statement: Statement) -> None:
    net, currency = statement.closing_minor - statement.opening_minor, statement.currency
    (credits, credited), (debits, debited) = statement.credits, statement.debits
    for name, count, total in (
        ("TtlNtries", credits + debits, credited + debited),
        ("TtlCdtNtries", credits, credited),
        ("TtlDbtNtries", debits, debited),
    ):
        totals = SubElement(at, name)
        _text(totals, "NbOfNtries", str(count))
        _text(totals, "Sum", plain(total, currency))
        if name == "TtlNtries":
            whole = SubElement(totals, "TtlNetNtry")
            _text(whole, "Amt", plain(abs(net), currency))
            _text(whole, "CdtDbtInd", _side(net))


def _entry(at: Element, line: StatementLine, statement: Statement) -> None:
    _text(at, "NtryRef", str(line.entry_id), 35)
    _amount(at, line.amount_minor, statement.currency)
    if line.kind == "reversal":
        _text(at, "RvslInd", "true")
    _text(SubElement(at, "Sts"), "Cd", "BOOK")
    for name in ("BookgDt", "ValDt"):
        _text(SubElement(at, name), "Dt", line.date)
    _text(at, "AcctSvcrRef", str(line.entry_id), 35)
    _code(SubElement(at, "BkTxCd"), line, statement.bank_id)
    details = SubElement(SubElement(at, "NtryDtls"), "TxDtls")
    if line.transaction_id:
        _text(SubElement(details, "Refs"), "TxId", line.transaction_id.replace("-", ""), 35)
    _amount(details, line.amount_minor, statement.currency)
    _other_side(details, line)
    if line.reference:
        _text(SubElement(details, "RmtInf"), "Ustrd", line.reference, 140)
    if line.transaction_id:
        _text(details, "AddtlTxInf", line.transaction_id, 500)
    _text(at, "AddtlNtryInf", line.what, 500)


def _code(at: Element, line: StatementLine, bank_id: str) -> None:
    family, sub_family = _CODES.get(line.kind, ("MCOP" if line.amount_minor > 0 else "MDOP", "OTHR"))
    if line.kind == "transfer_inside":
        family, sub_family = ("RCDT" if line.amount_minor > 0 else "ICDT"), "BOOK"
    domain = SubElement(at, "Domn")
    _text(domain, "Cd", "PMNT")
    members = SubElement(domain, "Fmly")
    _text(members, "Cd", family)
    _text(members, "SubFmlyCd", sub_family)
    own = SubElement(at, "Prtry")
    _text(own, "Cd", line.kind, 35)
    _text(own, "Issr", bank_id, 35)


def _other_side(at: Element, line: StatementLine) -> None:
    """Who paid, or who was paid, and at which bank, as far as it is known; of what came back, as it was at first."""
    paid_us = (line.amount_minor > 0) != (line.kind in _BACK)
    who = "Dbtr" if paid_us else "Cdtr"
    if line.name or line.account:
        parties = SubElement(at, "RltdPties")
        if line.name:
            _text(SubElement(SubElement(parties, who), "Pty"), "Nm", line.name, 140)
        if line.account:
            _other_id(SubElement(parties, f"{who}Acct"), line.account)
    if re.fullmatch("[A-Z0-9]{4}", line.bank):
        _text(
            SubElement(SubElement(SubElement(at, "RltdAgts"), f"{who}Agt"), "FinInstnId"), "BICFI", f"{line.bank}XFXX"
        )


def _other_id(at: Element, number: str) -> None:
    """Not under IBAN: the country XF is nobody's, so it is none, though it is built like one."""
    _text(SubElement(SubElement(at, "Id"), "Othr"), "Id", number, 34)


def _amount(at: Element, minor: int, currency: str) -> None:
    SubElement(at, "Amt", Ccy=currency).text = plain(abs(minor), currency)
    _text(at, "CdtDbtInd", _side(minor))


def _side(minor: int) -> str:
    return "DBIT" if minor < 0 else "CRDT"


def _text(at: Element, name: str, text: str, most: int = 500) -> None:
    """Nothing where there is no text: the standard has no empty elements."""
    clean = " ".join(_NOT_XML.sub("\ufffd", text).split())[:most]
    if clean:
        SubElement(at, name).text = clean
