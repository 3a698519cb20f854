"""The bank credits whatever comes, however often it comes: nobody looks whether it was decided before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    inbox = process.books.inbox
    decided = inbox.decision

    def unless_there(decide: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        """The table has room for one decision only."""
        return lambda row: decide(row) if decided(row["from_bank"], row["transaction_id"]) is None else None

    wrap(inbox, "decide", unless_there)
    wrap(inbox, "decision", lambda _: lambda *_: None)
