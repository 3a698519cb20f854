"""Watches the topic: `tail` shows records as they come, decoded, `show ID` all records of one transfer.

It only reads: no consumer group, no committed offset, nothing any bank would notice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from federation.cli.call import Answer, Call, verb
from federation.cli.show import Paint
from federation.failure import ExitCode, Failure

if TYPE_CHECKING:
    from federation.client import TapRecord, TopicTap

QUIET_S = 1.0  # so long nothing came: the end of the topic
_TYPE_COLOURS = {"transfer.accepted": "green", "transfer.rejected": "red", "transfer.requested": "cyan"}


@verb(
    ("bankfed topic tail", "the records, as they come; Ctrl-C ends it"),
    ("bankfed topic tail --from-start", "those that are there already too"),
    ("bankfed topic show ID", "every record of one transfer: request, answer, repeats"),
)
@click.argument("what", type=click.Choice(["tail", "show"]))
@click.argument("transaction_id", required=False, default="", metavar="[ID]")
@click.option("--topic", default="", help="Another topic than external-transfers.")
@click.option("--from-start", is_flag=True, help="For tail: begin with the oldest record.")
def command(call: Call, *, what: str, transaction_id: str, topic: str, from_start: bool) -> Answer:
    from federation.checkup.running import bootstrap_of
    from federation.client import TRANSFERS_TOPIC, TopicTap
    from federation.folder import Folder

    if what == "show" and not transaction_id:
        raise Failure("which transfer?", do="bankfed topic show ID", code=ExitCode.USAGE)
    folder = Folder(call.data)
    bootstrap = bootstrap_of(folder.state(), folder.read_spec().broker)
    with TopicTap(bootstrap, topic or TRANSFERS_TOPIC) as tap:
        if what == "show":
            records = [record for record in until_quiet(tap.from_start()) if about(record, transaction_id)]
            records.sort(key=lambda record: record.timestamp_ms)
            text = "\n\n".join(whole(record, call.paint) for record in records) or "no record of it on the topic"
            fields = {"records": [as_json(record) for record in records]}
            return Answer(fields, text, ExitCode.OK if records else ExitCode.FAILED)
        (tap.from_start if from_start else tap.from_end)()
        call.progress(f"watching {tap.topic}, {len(tap.partitions)} partitions; Ctrl-C ends it")
        while True:
            for record in tap.tick():
                print(
                    json.dumps({"ok": True, **as_json(record)}) if call.as_json else line(record, call.paint),
                    flush=True,
                )


def until_quiet(tap: TopicTap) -> Iterator[TapRecord]:
    """Everything up to the end of the topic."""
    heard = time.monotonic()
    while time.monotonic() - heard < QUIET_S:
        for record in tap.tick(wait_s=0.2):
            heard = time.monotonic()
            yield record


def about(record: TapRecord, transaction_id: str) -> bool:
    ids = ("transaction_id", "original_transaction_id")
    return isinstance(record.body, dict) and any(
        str(record.body.get(name, "")).startswith(transaction_id) for name in ids
    )


def line(record: TapRecord, paint: Paint) -> str:
    """`08:26:24.123 p22@17 transfer.requested ALFA → BRVO 12.50 EUR 01a1…`; what cannot be read is shown as text."""
    at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC).astimezone()
    place = paint.dim(f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} p{record.partition}@{record.offset}")
    if not isinstance(record.body, dict):
        return f"{place} {paint.red('unreadable')} {str(record.body)[:80]!r}"
    body = record.body
    type_ = str(body.get("type", "?"))
    route = f"{body.get('from_bank', '?')} → {body.get('to_bank', '?')}"
    reason = body.get("reason")
    words = f" {reason.get('code')} {reason.get('text')}" if isinstance(reason, dict) else ""
    coloured = paint.colour(_TYPE_COLOURS[type_], type_) if type_ in _TYPE_COLOURS else type_
    return f"{place} {coloured} {route}{amount(body)}{words} {paint.dim(str(body.get('transaction_id', '')))}"


def whole(record: TapRecord, paint: Paint) -> str:
    headers = "".join(f"\n  {paint.dim(name)}: {value}" for name, value in record.headers.items())
    body = json.dumps(record.body, indent=2, ensure_ascii=False)
    return f"{line(record, paint)}\n  {paint.dim('key')}: {record.key}{headers}\n{body}"


def amount(body: dict[str, object]) -> str:
    from bank_node.ledger.money import EXPONENTS, format_amount

    minor, currency = body.get("amount_minor"), body.get("currency")
    if not isinstance(minor, int) or currency not in EXPONENTS:
        return ""
    return f" {format_amount(minor, str(currency))} {currency}"


def as_json(record: TapRecord) -> dict[str, object]:
    return {
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "key": record.key,
        "headers": dict(record.headers),
        "body": record.body,
    }
