"""A row, a message and its headers as a page prints them; for whoever learns how a bank works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bank_node.explaining import Explanation, Kept
from bank_node.store.desk_rows import readable
from bank_node.transfers.explanations import TOPICS
from teller_ui.views.text import clock_ms, date

Pair = tuple[str, str, str]  # name, value as it is kept, what it means


@dataclass(frozen=True, slots=True)
class RecordView:
    name: str
    says: str
    columns: tuple[Pair, ...]
    headers: tuple[Pair, ...]
    message: str


@dataclass(frozen=True, slots=True)
class OtherTopic:
    path: str
    heading: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class WhyView:
    heading: str
    words: tuple[str, ...]
    records: tuple[RecordView, ...]
    topics: tuple[OtherTopic, ...]
    is_about: bool  # something in particular was asked about


def why_view(found: Explanation) -> WhyView:
    topics = tuple(OtherTopic(f"/why/{it.name}", it.heading, it is found.topic) for it in TOPICS.values())
    records = tuple(_record(kept) for kept in found.records)
    return WhyView(found.topic.heading, found.topic.words, records, topics, bool(found.id))


def _record(kept: Kept) -> RecordView:
    headers = tuple((name, value, "") for name, value in kept.headers)
    message = kept.text if kept.message is None else _spread(kept.message)
    return RecordView(kept.table, kept.says, _pairs(kept.row), headers, message)


def _pairs(row: Mapping[str, Any]) -> tuple[Pair, ...]:
    return tuple((name, _plain(value), _meaning(name, value)) for name, value in row.items())


def _plain(value: Any) -> str:
    if value is None:
        return "null"
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _meaning(name: str, value: Any) -> str:
    """Of a moment: which it is, by the clock of this page."""
    return f"{date(value)}, {clock_ms(value)}" if name.endswith("_us") and isinstance(value, int) and value else ""


def _spread(message: Any) -> str:
    """JSON with a line for each member, of characters that a page can print."""
    lines = orjson.dumps(message, option=orjson.OPT_INDENT_2).splitlines()
    return "\n".join(readable(line) for line in lines)
