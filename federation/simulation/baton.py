"""A thread that runs only while somebody waits for it: it can stop in the middle of what it does, and go on later.

So two of them never run at once, and in which order they do is for the world's clock to say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

Act = Callable[[], None]


class Runner:
    """`go` and `stop` are called by whoever has the baton, `hand_over` by the thread itself."""

    def __init__(self, name: str) -> None:
        self.resting = True  # between two acts
        self._act: Act | None = None
        self._error: BaseException | None = None
        self._going, self._back = threading.Lock(), threading.Lock()  # held until somebody says go, or is done
        self._going.acquire()
        self._back.acquire()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def go(self, act: Act | None = None) -> bool:
        """Begins an act, or goes on with the one that handed over. True once it is done; raises what it raised."""
        self._act, self.resting = act or self._act, False
        self._going.release()
        self._back.acquire()
        error, self._error = self._error, None
        if error is not None:
            raise error
        return self.resting

    def is_running(self) -> bool:
        """Whether this is the thread that asks."""
        return threading.current_thread() is self._thread

    def hand_over(self) -> None:
        """Waits in the middle of an act until somebody says `go`."""
        self._back.release()
        self._going.acquire()

    def stop(self) -> None:
        """The thread ends, as soon as it has nothing to do."""
        self._act = None
        if self.resting:
            self._going.release()

    def _work(self) -> None:
        self._going.acquire()
        while self._act is not None:
            try:
                self._act()
            except BaseException as error:
                self._error = error
            self.resting, act = True, self._act
            self._back.release()
            if act is None:
                return
            self._going.acquire()
