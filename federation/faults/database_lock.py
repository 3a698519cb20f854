"""Somebody else has locked a bank's database: a second connection begins a transaction that writes, and stays in it.

Limits: SQLite only, and only where the file is known. What the holder would have written is nothing.
"""

from __future__ import annotations

import sqlite3
import time
from typing import ClassVar

from federation.failure import Failure
from federation.faults.fault import Bite
from federation.faults.on_the_wire import check_bank
from federation.faults.site import Site

PATIENCE_S = 5.0


class DatabaseLock:
    name: ClassVar[str] = "database-lock"

    def __init__(self, site: Site, bank: str) -> None:
        check_bank(site, bank)
        self._process = site.banks[bank]
        self._holder: sqlite3.Connection | None = None
        self._begun_at: float | None = None
        self.held_s = 0.0

    def inject(self) -> None:
        file = self._process.database
        if file is None:
            raise Failure(f"nobody has said which file is the database of {self._process.bank}")
        if not file.is_file():
            raise Failure(f"there is no database {file.name} of {self._process.bank}")
        holder = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=PATIENCE_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            holder.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            holder.close()
            raise Failure(f"the database of {self._process.bank} could not be locked", why=str(error)) from error
        self._holder, self._begun_at = holder, time.monotonic()

    def heal(self) -> None:
        if self._holder is not None:
            self._holder.close()  # and nothing was written
            self._holder = None
        if self._begun_at is not None:
            self.held_s, self._begun_at = time.monotonic() - self._begun_at, None

    def bite(self) -> Bite:
        held_s = self.held_s if self._begun_at is None else time.monotonic() - self._begun_at
        return Bite(held_s > 0, f"the database of {self._process.bank} was locked for {held_s:.1f} s")
