"""Whether this bank may speak to others, in memory for whoever must not ask the database; commits tell it.

A bank whose books were found to be older than what it has told is SUSPECT, for good: how it is repaired is not here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from bank_node.store.unit import Suspicion

log = logging.getLogger(__name__)


class Standing:
    """`on_change` is called on the telling thread."""

    def __init__(self) -> None:
        self.suspicion: Suspicion | None = None
        self.on_change: list[Callable[[], None]] = []

    @property
    def suspect(self) -> bool:
        return self.suspicion is not None

    @property
    def words(self) -> str:
        """For a banner, a monitor, a refusal; empty while nothing is wrong."""
        return f"SUSPECT: {self.suspicion.reason}" if self.suspicion is not None else ""

    def learn(self, suspicion: Suspicion | None) -> None:
        """What a unit of work has found; None where it did not ask or found nothing."""
        if suspicion is None or self.suspicion is not None:
            return
        self.suspicion = suspicion
        log.critical("this bank is suspect and speaks to no other bank any more: %s", suspicion.reason)
        for changed in self.on_change:
            changed()
