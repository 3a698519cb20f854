"""What was credited is remembered in memory only: after a restart every message is new."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bank_node.store.inbox import Decision
from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    inbox = process.books.inbox
    decided = inbox.decision
    remembered: set[tuple[str, str]] = set()

    def decision(from_bank: str, transaction_id: str) -> Decision | None:
        return decided(from_bank, transaction_id) if (from_bank, transaction_id) in remembered else None

    def remember(decide: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        def decide_and_remember(row: dict[str, Any]) -> None:
            key = row["from_bank"], row["transaction_id"]
            if decided(*key) is None:  # the table has room for one decision only
                decide(row)
            remembered.add(key)

        return decide_and_remember

    wrap(inbox, "decide", remember)
    wrap(inbox, "decision", lambda _: decision)
