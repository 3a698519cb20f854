"""What the lab must not forget when it kills its own process: what was fired, and what waits for the next start.

Without it a bank whose environment says `boot.recovery=kill` would be killed at every start, for ever.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from pathlib import Path

FILE = "failpoints.json"


class Notebook:
    """A small file in the bank's own folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        found = self._read()
        self.fired: list[str] = found.get("fired", [])
        self._next_start: list[str] = found.get("next_start", [])
        self._environment: list[str] = found.get("environment", [])

    def begin(self, environment: list[str]) -> list[str]:
        """What to arm in this life: what waited for it, and of the environment what it has not fired before.

        Another environment than last time begins anew.
        """
        waited, self._next_start = self._next_start, []
        if environment != self._environment:
            self._environment, self.fired = environment, []
        if waited or environment or self.fired:
            self._write()
        left = Counter(environment) - Counter(self.fired)
        return [*waited, *left.elements()]

    def write_fired(self, words: str) -> None:
        with self._lock:
            self.fired.append(words)
            self._write()

    def keep_for_next_start(self, words: list[str]) -> None:
        with self._lock:
            self._next_start += words
            self._write()

    def forget_next_start(self) -> None:
        with self._lock:
            self._next_start = []
            self._write()

    @property
    def next_start(self) -> list[str]:
        return list(self._next_start)

    def _read(self) -> dict[str, list[str]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        said = {
            "fired": self.fired,
            "next_start": self._next_start,
            "environment": self._environment,
        }
        aside = self._path.with_suffix(".new")
        aside.write_text(json.dumps(said), encoding="utf-8")
        os.replace(aside, self._path)
