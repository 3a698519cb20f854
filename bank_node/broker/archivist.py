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

    def tick(self) -> int:
        """How many months it has sealed, at most one; then there may be more at once."""
        months = self._bank.settings.archive_after_months
        if not months:
            return 0
        with self._bank.readers.connection() as connection:
            span = next_span(connection, self._bank.clock.now_us(), months)
            if span is None:
                return 0
            seal = read_seal(connection, span)
            try:
                balances = balances_at_end(connection, seal)
            except ValueError as why:  # for `bankfed verify` to name; looked at again with the next turn
                log.error("%s is not sealed: %s", span.month, why)
                return 0
        return int(self._submit(seal_month, seal, balances).result(WRITER_PATIENCE_S))
