"""What is broken on purpose now, written down before it is broken: who comes after a crash reads what to put right.

A debt is a pair: ("ALFA", DOWN), ("broker", PAUSED), ("broker 2", DOWN). One file, replaced in one step.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from federation.folder import Folder, write_json

DOWN, PAUSED, CAPPED, SKEWED = "down", "paused", "capped", "skewed"
OUTLIVES = ("broker",)  # whose debts are still there after the supervisor's life

Debt = tuple[str, str]


class Journal:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.RLock()  # a bank may be killed from the wire's own thread
        found = read(file)
        self._life: object = found.get("life")
        self._debts: list[Debt] = [(str(who), str(what)) for who, what in found.get("debts", ())]
        self._faults: list[Mapping[str, Any]] = list(found.get("faults", ()))
        self._over: list[Mapping[str, Any]] = []  # is told of, and forgotten with whoever held them

    @property
    def debts(self) -> tuple[Debt, ...]:
        return tuple(self._debts)

    @property
    def faults(self) -> tuple[Mapping[str, Any], ...]:
        """What was in force when this was written last, as `bankfed chaos list` shows it."""
        return tuple(self._faults)

    def begin(self, life: object) -> None:
        """A fault keeper begins. In another life of the supervisor every bank is started as it should be anyway."""
        if life != self._life:
            self._life = life
            self._debts = [debt for debt in self._debts if debt[0].startswith(OUTLIVES) and debt[1] == PAUSED]
        self._write()

    def owe(self, who: str, what: str) -> None:
        with self._lock:
            if (who, what) not in self._debts:
                self._debts.append((who, what))
                self._write()

    def paid(self, who: str, *what: str) -> None:
        with self._lock:
            kept = [debt for debt in self._debts if not (debt[0] == who and debt[1] in what)]
            if kept != self._debts:
                self._debts = kept
                self._write()

    def tell(self, faults: Sequence[Mapping[str, Any]], over: Sequence[Mapping[str, Any]] = ()) -> None:
        """What is in force from now on, and what was."""
        with self._lock:
            if (list(faults), list(over)) != (self._faults, self._over):
                self._faults, self._over = list(faults), list(over)
                self._write()

    def _write(self) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = {"life": self._life, "debts": self._debts, "faults": self._faults, "over": self._over}
        write_json(self._file, content)


def of(folder: Folder) -> Journal:
    return Journal(path(folder))


def path(folder: Folder) -> Path:
    return folder.run / "faults.json"


def read(file: Path) -> dict[str, Any]:
    """Empty where there is none, or nothing that can be read."""
    with suppress(OSError, ValueError):
        found = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def in_force(folder: Folder) -> list[str]:
    """The words of what is broken on purpose now."""
    return [str(fault.get("words", "")) for fault in read(path(folder)).get("faults", ())]


def is_open(folder: Folder) -> bool:
    """Whether something is broken that nobody has put right yet."""
    found = read(path(folder))
    return bool(found.get("debts") or found.get("faults"))
