"""Bugs planted by tests into simulated banks."""

from __future__ import annotations

from typing import Any

from federation.simulation.house import Life


def decides_anew(life: Life) -> None:
    """Credits whatever comes, however often it comes."""
    inbox, decide, decided = life.books.inbox, life.books.inbox.decide, set[str]()

    def decide_once(row: dict[str, Any]) -> None:
        if row["transaction_id"] not in decided:
            decided.add(row["transaction_id"])
            decide(row)

    inbox.decision = lambda *_: None  # type: ignore[method-assign]
    inbox.decide = decide_once  # type: ignore[method-assign]
