"""A fault that does the same thing again and again, in a thread of its own, from when it is injected until it is
healed."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod


class Again(ABC):
    """The first time is part of `inject`, and raises there; what goes wrong later is raised by `heal`, once."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._trouble: Exception | None = None

    @abstractmethod
    def turn(self) -> None:
        """Does it once."""

    @abstractmethod
    def pause_s(self) -> float:
        """How long until the next time."""

    def inject(self) -> None:
        self._over.clear()
        self.turn()
        self._thread = threading.Thread(target=self._go_on, name="fault", daemon=True)
        self._thread.start()

    def heal(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble

    def _go_on(self) -> None:
        while not self._over.wait(self.pause_s()):
            try:
                self.turn()
            except Exception as error:  # of a bank that does not start any more, say: `heal` tells
                self._trouble = error
                return
