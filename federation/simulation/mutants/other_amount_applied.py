"""A known id that comes with another amount is credited as if it were new."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bank_node.store.inbox import Decision
from bank_node.transfers.messages import QUESTIONS
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Incoming, Readable
from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    inbox, desk = process.books.inbox, process.post.consumer._desk
    decided = inbox.decision
    read: dict[tuple[str, str], str] = {}  # the hash with which an id came last

    def noting(judge: Callable[[Record, int], Incoming | None]) -> Callable[[Record, int], Incoming | None]:
        def judge_and_note(record: Record, now_us: int) -> Incoming | None:
            one = judge(record, now_us)
            if isinstance(one, Readable) and one.message.type in QUESTIONS:
                read[one.message.from_bank, one.message.transaction_id] = one.message.hash
            return one

        return judge_and_note

    def of_this_content(from_bank: str, transaction_id: str) -> Decision | None:
        found = decided(from_bank, transaction_id)
        asked = read.get((from_bank, transaction_id))
        return found if found is not None and found.content_hash == asked else None

    def unless_there(decide: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
        """The table has room for one decision only."""
        return lambda row: decide(row) if decided(row["from_bank"], row["transaction_id"]) is None else None

    wrap(desk, "read", noting)
    wrap(inbox, "decide", unless_there)
    wrap(inbox, "decision", lambda _: of_this_content)
