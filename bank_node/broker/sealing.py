"""A stored row becomes a record: what a message is given at the last moment before it is sent.

The stored body is without `attempt` and mac, because keys change between writing and sending. CloudEvents attributes,
content type and trace travel as headers only; whoever reads must do without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson

from bank_node.store.unit import OutboxRow
from bank_node.transfers.messages import BYTES_MAX
from bank_node.transfers.ports import Headers, OutgoingRecord
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

Seal = Callable[[OutboxRow], OutgoingRecord]

_TRACE = re.compile("(?!0+$)[0-9a-f]{32}")  # not all zeros: W3C calls that invalid
_SPAN = re.compile("(?!0+$)[0-9a-f]{16}")


class Unsendable(Exception):
    """This row can never be sent; the text says why."""


def sealer(bank_id: str, federation_id: str) -> Seal:
    """How this bank seals: raises Unsendable for what no other bank would read."""
    source = f"/federations/{federation_id}/banks/{bank_id}".encode()

    def seal(row: OutboxRow) -> OutgoingRecord:
        value = row.body
        if row.topic == EXTERNAL_TRANSFERS:
            value = b'%b,"attempt":%d}' % (row.body[:-1], row.attempt)  # the body is an object with members in it
            if len(value) > BYTES_MAX:
                raise Unsendable(f"{len(value)} bytes; the other banks read at most {BYTES_MAX}")
        return OutgoingRecord(row.topic, row.key.encode(), value, _headers(row, source))

    return seal


def _headers(row: OutboxRow, source: bytes) -> Headers:
    said = orjson.loads(row.body)
    event_id = str(said.get("event_id") or f"{row.seq}")
    headers = [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source),
        ("ce_type", row.type.encode()),
    ]
    if "created_at" in said:
        headers.append(("ce_time", str(said["created_at"]).encode()))
    if row.transaction_id:
        headers.append(("ce_subject", row.transaction_id.encode()))
        trace_id, span_id = row.transaction_id.replace("-", ""), event_id.replace("-", "")[-16:]
        if _TRACE.fullmatch(trace_id) and _SPAN.fullmatch(
            span_id
        ):  # a transfer is one trace, each message of it a span
            headers.append(("traceparent", f"00-{trace_id}-{span_id}-01".encode()))
    return tuple(headers)
