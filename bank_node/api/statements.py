"""Statements of account: as JSON that names the other papers, as CSV, as camt.053; for staff and for the owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from starlette.responses import Response

from bank_node.api.accounts import Number, find_account
from bank_node.api.answers import StatementDocument
from bank_node.api.doors import TheBank, allowed
from bank_node.api.history import First, Last, Month, period_asked
from bank_node.api.own import own_account_of
from bank_node.api.respond import as_json, router
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.people import Person
from bank_node.statements.camt053 import MEDIA_TYPE as XML
from bank_node.statements.camt053 import as_xml
from bank_node.statements.link import link_to
from bank_node.statements.period import Period
from bank_node.statements.spreadsheet import MEDIA_TYPE as CSV
from bank_node.statements.spreadsheet import as_csv
from bank_node.statements.statement import Statement, StatementLine, statement_of
from bank_node.store.queries import AccountRow

routes = router("accounts")

Staff = Annotated[Person, allowed("accounts.read")]
Owner = Annotated[Person, allowed("own.read")]


class CsvResponse(Response):
    media_type = "text/csv"


class XmlResponse(Response):
    media_type = XML


@routes.get("/accounts/{number}/statement", response_model=StatementDocument)
def statement(
    bank: TheBank, _who: Staff, number: Number, month: Month = None, first: First = None, last: Last = None
) -> Response:
    """A statement: opening balance, lines oldest first, closing balance; by month or by business dates.

    `links.pdf` needs no token, is signed, and expires.
    """
    return _json(bank, find_account(bank, number), period_asked(bank, month, first, last), "/api/v1/accounts")


@routes.get("/accounts/{number}/statement.csv", response_class=CsvResponse)
def statement_csv(
    bank: TheBank, _who: Staff, number: Number, month: Month = None, first: First = None, last: Last = None
) -> Response:
    """The same as CSV. Cells that a spreadsheet would calculate begin with an apostrophe."""
    return _file(bank, find_account(bank, number), period_asked(bank, month, first, last), as_csv, CSV, "csv")


@routes.get("/accounts/{number}/statement.xml", response_class=XmlResponse)
def statement_camt053(
    bank: TheBank, _who: Staff, number: Number, month: Month = None, first: First = None, last: Last = None
) -> Response:
    """The same as ISO 20022 `camt.053.001.08`."""
    return _file(bank, find_account(bank, number), period_asked(bank, month, first, last), as_xml, XML, "xml")


@routes.get("/me/accounts/{number}/statement", tags=["own"], response_model=StatementDocument)
def my_statement(
    bank: TheBank, who: Owner, number: Number, month: Month = None, first: First = None, last: Last = None
) -> Response:
    """A statement of one's own account: opening balance, lines oldest first, closing balance."""
    return _json(bank, own_account_of(bank, who, number), period_asked(bank, month, first, last), "/api/v1/me/accounts")


@routes.get("/me/accounts/{number}/statement.csv", tags=["own"], response_class=CsvResponse)
def my_statement_csv(
    bank: TheBank, who: Owner, number: Number, month: Month = None, first: First = None, last: Last = None
) -> Response:
    """The same as CSV."""
    return _file(bank, own_account_of(bank, who, number), period_asked(bank, month, first, last), as_csv, CSV, "csv")


@routes.get("/me/accounts/{number}/statement.xml", tags=["own"], response_class=XmlResponse)
def my_statement_camt053(
    bank: TheBank, who: Owner, number: Number, month: Month = None, first: First = None, last: Last = None
) -> Response:
    """The same as ISO 20022 `camt.053.001.08`."""
    return _file(bank, own_account_of(bank, who, number), period_asked(bank, month, first, last), as_xml, XML, "xml")


def _read(bank: Bank, account: AccountRow, period: Period) -> Statement:
    with bank.readers.connection() as connection:
        return statement_of(bank, connection, account, period)


def _file(
    bank: Bank, account: AccountRow, period: Period, written: Callable[[Statement], bytes], media: str, ending: str
) -> Response:
    found = _read(bank, account, period)
    headers = {"Content-Disposition": f'attachment; filename="{found.name}.{ending}"'}
    return Response(written(found), headers=headers, media_type=media)


def _json(bank: Bank, account: AccountRow, period: Period, under: str) -> Response:
    found, link = _read(bank, account, period), link_to(bank, account.number, period)
    days, path = urlencode({"from": period.first, "until": period.last}), f"{under}/{account.number}/statement"
    return as_json(
        {
            "account": found.number,
            "owner": found.owner,
            "currency": found.currency,
            "from": period.first,
            "until": period.last,
            "is_closed": found.is_closed,
            "is_archived": found.is_archived,
            "opening_minor": found.opening_minor,
            "closing_minor": found.closing_minor,
            "lines": [_line(line) for line in found.lines],
            "links": {
                "self": f"{path}?{days}",
                "csv": f"{path}.csv?{days}",
                "camt053": f"{path}.xml?{days}",
                "pdf": link.path,
                "pdf_expires_at": rfc3339(link.expires_us),
            },
        }
    )


def _line(line: StatementLine) -> dict[str, Any]:
    return {
        "entry_id": line.entry_id,
        "date": line.date,
        "booked_at": rfc3339(line.at_us),
        "kind": line.kind,
        "what": line.what,
        "amount_minor": line.amount_minor,
        "balance_minor": line.balance_minor,
        "reference": line.reference or None,
        "transaction_id": line.transaction_id or None,
        "other_side": {"bank": line.bank, "account": line.account, "name": line.name} if line.bank else None,
    }
