"""An act that can stop in the middle of what it does and go on later: a stack of its own, no thread.

So two of them never run at once, and in which order they do is for the world's clock to say. Threads would do the same,
at a hundred times the price of a hand-over.
"""

from __future__ import annotations

from collections.abc import Callable

from greenlet import getcurrent, greenlet

Act = Callable[[], None]


class Runner:
    """`go` is called by whoever has the baton, `hand_over` from within the act."""

    def __init__(self) -> None:
        self.resting = True  # between two acts
        self._fibre: greenlet | None = None

    def go(self, act: Act | None = None) -> bool:
        """Begins an act, or goes on with the one that handed over. True once it is done; raises what it raised."""
        fibre = self._fibre if act is None else greenlet(act)
        assert fibre is not None
        fibre.parent = getcurrent()  # where it hands over to, and where it ends
        self._fibre, self.resting = fibre, False
        try:
            fibre.switch()
        finally:
            self.resting = fibre.dead
        return self.resting

    def is_running(self) -> bool:
        """Whether it is this act that asks."""
        return getcurrent() is self._fibre

    def hand_over(self) -> None:
        """Waits in the middle of an act until somebody says `go`."""
        waits = getcurrent().parent
        assert waits is not None
        waits.switch()
