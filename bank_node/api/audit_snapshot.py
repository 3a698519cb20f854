"""The bank at one moment, as `verify` reads it: NDJSON, streamed row by row out of one read transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from bank_node.api.doors import TheBank, allowed
from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.api.respond import router
from bank_node.bank import Bank
from bank_node.people import Person
from bank_node.store.snapshot import snapshot_lines

routes = router("audit")

IDS_MAX = 1_000
_CHUNK_BYTES = 64 * 1024


@routes.get(
    "/audit/snapshot",
    responses={200: {"content": {"application/x-ndjson": {}}, "description": "a head line, rows, and an end line"}},
    response_class=StreamingResponse,
)
def snapshot(
    bank: TheBank,
    _who: Annotated[Person, allowed("audit.snapshot")],
    ids: Annotated[
        str | None, Query(max_length=66_000, description="only these transfers, with commas between")
    ] = None,
) -> Response:
    """Accounts with the sums of their postings, transfers sent, decisions on transfers received. Without its end line
    it is not whole."""
    wanted = None if ids is None else [part for part in ids.split(",") if part]
    if wanted is not None and len(wanted) > IDS_MAX:
        raise Stop(Problem("invalid", f"At most {IDS_MAX} ids at once.", [FieldError("ids", "are too many")]))
    return StreamingResponse(_chunks(bank, wanted), media_type="application/x-ndjson")


def _chunks(bank: Bank, ids: Sequence[str] | None) -> Iterator[bytes]:
    """Many lines to a chunk: each chunk is a change of threads."""
    with bank.readers.connection() as connection:
        pieces: list[bytes] = []
        size = 0
        for line in snapshot_lines(connection, bank.charter, bank.clock.now_us(), ids):
            pieces.append(line)
            size += len(line)
            if size >= _CHUNK_BYTES:
                yield b"".join(pieces)
                pieces, size = [], 0
        yield b"".join(pieces)
