"""m30: a statement is sorted by the clock on the wall. Where that goes back, new lines stand among old ones."""

from __future__ import annotations

from typing import Any

from bank_node.store import queries
from bank_node.store.queries import HistoryLine

ALL = 100_000


def plant(_process: object) -> None:
    """The query belongs to no object: it is put in its place for this process."""
    history = queries.history

    def sorted_by_clock(
        connection: Any, account_id: int, *, before_entry: int | None = None, limit: int = 20, **more: Any
    ) -> list[HistoryLine]:
        lines = history(connection, account_id, limit=ALL, **more)
        lines.sort(key=lambda line: (line.at_us, line.entry_id), reverse=True)
        places = [place for place, line in enumerate(lines, 1) if line.entry_id == before_entry]
        after = places[0] if places else 0
        return lines[after : after + limit]

    queries.history = sorted_by_clock
