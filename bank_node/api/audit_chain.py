"""Is the audit log whole, and do the books say what it says? Asked by the auditor and by `bankfed verify`.

Whether it has what other banks have heard of it, who asks them all may find out: its hashes are told here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import orjson
from fastapi import Query
from starlette.responses import Response, StreamingResponse

from bank_node.api.doors import TheBank, allowed
from bank_node.api.respond import JSON, router
from bank_node.bank import Bank
from bank_node.people import Person
from bank_node.store.audit_check import check_by_pieces
from bank_node.store.audit_queries import hashes_at, heard_heads
from bank_node.store.audit_report import ChainReport

routes = router("audit")


SEQS_LENGTH_MAX = 8_000


@routes.get(
    "/audit/chain",
    responses={200: {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Chain"}}}}},
    response_class=StreamingResponse,
)
def chain(
    bank: TheBank,
    _who: Annotated[Person, allowed("audit.snapshot")],
    seqs: Annotated[
        str | None,
        Query(
            pattern=r"^\d{1,18}(,\d{1,18})*$",
            max_length=SEQS_LENGTH_MAX,
            description="the hashes of these rows are told too, with commas between; of one that is not there none is",
            examples=["12,345"],
        ),
    ] = None,
) -> Response:
    """Checks every row of the audit log, and the books against it, all at one moment.

    Blank lines come before the answer while it is at work, so that nobody takes a long check for a dead bank.
    """
    wanted = [int(seq) for seq in seqs.split(",")] if seqs else []
    return StreamingResponse(_answer(bank, wanted), media_type=JSON)


def _answer(bank: Bank, wanted: Sequence[int]) -> Iterator[bytes]:
    with bank.readers.connection() as connection:
        hashes, heard = hashes_at(connection, wanted), heard_heads(connection, bank.charter.bank_id)
        for report in check_by_pieces(connection):
            yield _as_json(bank.charter.bank_id, report, hashes, heard) if report.complete else b"\n"


def _as_json(
    bank_id: str, report: ChainReport, hashes: Mapping[int, str], heard: Mapping[str, tuple[int, str]]
) -> bytes:
    said = {
        "bank": bank_id,
        "rows": report.rows,
        "head": {"seq": report.seq, "hash": report.hash.hex()},
        "ok": report.ok,
        "detail": report.detail,
        "findings": [{"table": one.table, "row": one.row, "why": one.why} for one in report.findings],
        "heard": {name: {"seq": seq, "hash": hash_} for name, (seq, hash_) in heard.items()},
        "hashes": {str(seq): hash_ for seq, hash_ in hashes.items()},
    }
    return orjson.dumps(said)
