"""Is the audit log whole, and do the books say what it says? Asked by the auditor and by `bankfed verify`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import orjson
from starlette.responses import Response, StreamingResponse

from bank_node.api.doors import TheBank, allowed
from bank_node.api.respond import JSON, router
from bank_node.bank import Bank
from bank_node.people import Person
from bank_node.store.audit_check import check_by_pieces
from bank_node.store.audit_report import ChainReport

routes = router("audit")


@routes.get(
    "/audit/chain",
    responses={200: {"content": {JSON: {}}, "description": "rows, head {seq, hash}, ok, detail, findings"}},
    response_class=StreamingResponse,
)
def chain(bank: TheBank, _who: Annotated[Person, allowed("audit.snapshot")]) -> Response:
    """Checks every row of the audit log, and the entries, decisions and transfers against it, all at one moment.

    Blank lines come before the answer while it is at work, so that nobody takes a long check for a dead bank.
    """
    return StreamingResponse(_answer(bank), media_type=JSON)


def _answer(bank: Bank) -> Iterator[bytes]:
    with bank.readers.connection() as connection:
        for report in check_by_pieces(connection):
            yield _as_json(bank.charter.bank_id, report) if report.complete else b"\n"


def _as_json(bank_id: str, report: ChainReport) -> bytes:
    said = {
        "bank": bank_id,
        "rows": report.rows,
        "head": {"seq": report.seq, "hash": report.hash.hex()},
        "ok": report.ok,
        "detail": report.detail,
        "findings": [{"table": one.table, "row": one.row, "why": one.why} for one in report.findings],
    }
    return orjson.dumps(said)
