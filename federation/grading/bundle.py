"""The evidence of a run as a folder that can be handed on and judged again: plan, history, what the grader did and saw.

`plan.json` · `history.jsonl` · `seen.json` (faults, hostile records, lives of processes, acks, losses, deliveries) ·
`topic.jsonl` (what lay in the broker's files) · `books.json` (of banks of level 2). The two last where there are any.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from federation.failure import ExitCode, Failure
from federation.grading.books import read_books
from federation.grading.evidence import (
    Ack,
    Delivery,
    Evidence,
    Fault,
    HostileRecord,
    InjectedLoss,
    NodeEvent,
    TopicRecord,
)
from federation.grading.history import history_of
from federation.grading.history_file import read_events
from federation.grading.plan import Plan, read_plan

PLAN, HISTORY, SEEN, TOPIC, BOOKS = "plan.json", "history.jsonl", "seen.json", "topic.jsonl", "books.json"
_ROWS: dict[str, type] = {
    "faults": Fault,
    "hostile": HostileRecord,
    "nodes": NodeEvent,
    "acks": Ack,
    "losses": InjectedLoss,
    "deliveries": Delivery,
}


def write_bundle(folder: Path, plan: Plan, evidence: Evidence) -> None:
    """Everything but `history.jsonl`, which was written there while it happened."""
    _write(folder / PLAN, plan.as_json())
    rows: dict[str, Any] = {name: [asdict(row) for row in getattr(evidence, name)] for name in _ROWS}
    moments = {"healed_us": evidence.healed_us, "patience_us": evidence.patience_us, "slack": evidence.slack}
    _write(folder / SEEN, {**moments, "trouble": list(evidence.trouble), **rows})
    if evidence.topic is not None:
        lines = (json.dumps(asdict(record)) + "\n" for record in evidence.topic)
        (folder / TOPIC).write_text("".join(lines), encoding="utf-8")
    if evidence.books is not None:
        _write(folder / BOOKS, {bank: asdict(books) for bank, books in evidence.books.items()})


def read_bundle(folder: Path) -> tuple[Plan, Evidence]:
    """Raises Failure in words."""
    try:
        plan = read_plan(_read(folder / PLAN))
        seen = _read(folder / SEEN)
        rows = {name: tuple(row(**said) for said in seen[name]) for name, row in _ROWS.items()}
        topic = tuple(_topic(folder / TOPIC)) if (folder / TOPIC).exists() else None
        books = _read(folder / BOOKS) if (folder / BOOKS).exists() else None
        evidence = Evidence(
            plan.town,
            history_of(read_events(folder / HISTORY)),
            seen["healed_us"],
            seen["patience_us"],
            books=None if books is None else {bank: read_books(said) for bank, said in books.items()},
            topic=topic,
            trouble=tuple(seen["trouble"]),
            slack=seen.get("slack", 1.0),
            **rows,
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        words = "a bundle is the folder that bankfed grade names at its end"
        raise Failure(f"{folder} is no bundle of evidence", why=str(error), do=words, code=ExitCode.USAGE) from error
    return plan, evidence


def _topic(file: Path) -> Iterable[TopicRecord]:
    return (TopicRecord(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines())


def _write(file: Path, said: Any) -> None:
    """ASCII: half a surrogate pair in a record is none in a file."""
    file.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
