"""Seals what has become old enough, a month at a time: read beside the writer, written in one short unit of work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from bank_node.bank import Bank
from bank_node.operations.archive import seal_month
from bank_node.store.archive import balances_at_end, next_span, read_seal

log = logging.getLogger(__name__)

WRITER_PATIENCE_S = 60.0


class Archivist:
    def __init__(self, bank: Bank, submit: Callable[..., Future[Any]]) -> None:
        self._bank, self._submit = bank, submit

    @property
    def has_work(self) -> bool:
        """Whether this bank keeps an archive, and its books can be believed."""
        return self._bank.settings.archive_after_months > 0 and not self._bank.standing.suspect

    def tick(self) -> int:
        """How many months it has sealed, at most one; then there may be more at once."""
        if not self.has_work:
            return 0
        with self._bank.readers.connection() as connection:
            span = next_span(connection, self._bank.clock.now_us(), self._bank.settings.archive_after_months)
            if span is None:
                return 0
            seal = read_seal(connection, span)
            try:
                balances = balances_at_end(connection, seal)
            except ValueError as why:  # for `bankfed verify` to name; looked at again with the next turn
                log.error("%s is not sealed: %s", span.month, why)
                return 0
        return int(self._submit(seal_month, seal, balances).result(WRITER_PATIENCE_S))
