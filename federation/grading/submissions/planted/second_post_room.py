"""A second post room in the same process, as a second process of the bank would have: what m19 needs to go wrong, and
harmless by itself, because one of them works and the other one stands by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bank_node.broker.post_room import PostRoom
from federation.grading.submissions.planted.bank import Pieces
from federation.simulation.mutants.process import Plant, Process, wrap


def planted_in_both(plant: Plant) -> Plant:
    def plant_both(process: Process) -> None:
        second = PostRoom(process.bank, process.post._broker)
        plant(process)
        plant(Pieces(process.bank, process.books, process.commits, second))
        _together(process.post, second)

    return plant_both


def _together(first: PostRoom, second: PostRoom) -> None:
    def both(act: Callable[..., Any], other: Callable[..., Any]) -> Callable[..., Any]:
        def act_both(*arguments: Any) -> Any:
            other(*arguments)
            return act(*arguments)

        return act_both

    wrap(first, "start", lambda start: both(start, second.start))
    wrap(first, "stop", lambda stop: both(stop, second.stop))
