"""The reader's position is stored before the records are taken in: a crash between the two skips them for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from bank_node.operations.receive_transfer import receive_records
from federation.simulation.mutants import nothing_said_again
from federation.simulation.mutants.process import Process, wrap

WAIT_S = 30.0

beside = nothing_said_again.plant


def plant(process: Process) -> None:
    beside(process)

    def standing_first(submit: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
        def stand_and_submit(operation: Any, *arguments: Any) -> Future[Any]:
            if operation is receive_records and arguments[0].records:
                submit(operation, replace(arguments[0], records=())).result(WAIT_S)
            return submit(operation, *arguments)

        return stand_and_submit

    wrap(process.post.consumer, "_submit", standing_first)
