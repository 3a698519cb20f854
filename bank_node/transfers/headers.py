"""The Kafka headers of a message: CloudEvents attributes, content type, trace. Whoever reads must do without them.

Of the CloudEvents attributes only those that it requires: `subject` and `time` would repeat the body's transaction_id
and created_at, and each header costs 2 to 4 us at both ends.
"""

from __future__ import annotations

import re
from typing import Any

from bank_node.transfers.ports import Headers

_TRACE = re.compile("(?!0+$)[0-9a-f]{32}")  # not all zeros: W3C calls that invalid
_SPAN = re.compile("(?!0+$)[0-9a-f]{16}")


def source_of(federation_id: str, bank_id: str) -> bytes:
    """`ce_source`: who speaks."""
    return f"/federations/{federation_id}/banks/{bank_id}".encode()


def headers_of(seq: int, type_: str, transaction_id: str | None, said: dict[str, Any], source: bytes) -> Headers:
    """Of the outbox row with this seq; `said` is its body."""
    event_id = str(said.get("event_id") or f"{seq}")
    headers = [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source),
        ("ce_type", type_.encode()),
    ]
    if transaction_id:
        # a transfer is one trace, each message of it a span
        trace_id, span_id = transaction_id.replace("-", ""), event_id.replace("-", "")[-16:]
        if _TRACE.fullmatch(trace_id) and _SPAN.fullmatch(span_id):
            headers.append(("traceparent", f"00-{trace_id}-{span_id}-01".encode()))
    return tuple(headers)
