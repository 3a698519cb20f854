"""Several writing threads in one process, each with a connection of its own: what m18 needs to go wrong, and harmless
by itself, because a unit of work has the database's lock from its first statement on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import cycle
from typing import Any

from bank_node.store.books import Books
from bank_node.store.database import open_commits, open_database
from bank_node.store.writer import Writer
from federation.grading.submissions.planted.bank import Pieces
from federation.simulation.mutants.process import Plant, Process, wrap

WRITERS = 4
log = logging.getLogger(__name__)


def beside(process: Process) -> None:
    _add_writers(process)


def planted_in_all(bug: Plant) -> Plant:
    """The bug in each writing thread, and the threads."""

    def plant(process: Process) -> None:
        bug(process)
        for writer in process.bank.writer.__dict__["more_writers"]:
            books: Books = writer.submit(lambda books, *_: books).result(60)
            bug(Pieces(process.bank, books, writer._commits, process.post))

    return plant


def _add_writers(process: Process) -> None:
    """Requests go to one after the other; the loops keep the first one, whose order they rely on."""
    bank, first = process.bank, process.bank.writer
    settings = bank.settings
    engine = open_database(settings)

    def commits() -> Any:
        return open_commits(engine, settings, bank.charter, bank.clock, bank.ids)

    more = [Writer(commits, settings.commit_batch_max) for _ in range(WRITERS - 1)]
    for writer in more:
        writer.on_commit = first.on_commit
        writer.start()
    own = first._put
    turns = cycle([own, *(writer._put for writer in more)])

    def put(waiting: Any) -> None:
        (own if waiting.loop is None else next(turns))(waiting)

    first.__dict__["_put"] = put
    first.__dict__["more_writers"] = more
    _stop_together(first, more)


def _stop_together(first: Writer, more: list[Writer]) -> None:
    def all_of_them(stop: Callable[..., None]) -> Callable[..., None]:
        def stop_all(*arguments: Any) -> None:
            for writer in more:
                writer.stop()
            stop(*arguments)

        return stop_all

    wrap(first, "stop", all_of_them)
