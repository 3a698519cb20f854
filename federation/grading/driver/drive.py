"""What a course holds while a federation lives: its tellers, in a thread and loop of their own, and one history.

One `Drive` for each founding; plays come one after the other, and after each the rest. Calls are from one thread at a
time, except those of a `Playing`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from federation.grading.dialect import Dialect
from federation.grading.driver.counter import TIMEOUT_S, Complaints, Counter
from federation.grading.driver.line import Lines
from federation.grading.driver.playing import Heard, Playing
from federation.grading.driver.rest import Rest
from federation.grading.history_file import HistoryWriter
from federation.grading.plan import Step
from federation.grading.town import Town

T = TypeVar("T")
IN_FLIGHT = 64  # requests to one bank at once
EVENT_S = 0.05
LATE_S = 10.0


class Drive:
    def __init__(
        self,
        town: Town,
        urls: Mapping[str, str],
        words: Dialect,
        history: HistoryWriter,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`timeout_s`: how long a teller waits for an answer."""
        self.history, self._timeout_s = history, timeout_s
        self._complaints = Complaints()
        self._loop = asyncio.SelectorEventLoop()  # uvloop writes at the end of its turn; `on_sent` must be after that
        self._thread = threading.Thread(target=self._loop.run_forever, name="driver", daemon=True)
        self._counters: dict[str, Counter] = {}
        for bank in town.banks:
            lines = Lines(urls[bank.id], IN_FLIGHT)
            self._counters[bank.id] = Counter(bank.id, town, lines, words, history, self._complaints, self._counters)
        self._rest = Rest(town, self._counters, history)
        self._is_signed_in = False
        self._thread.start()

    @contextmanager
    def play(
        self,
        steps: Sequence[Step],
        event_s: float = EVENT_S,
        *,
        in_flight: int = IN_FLIGHT,
        on_sent: Heard | None = None,
        on_answered: Heard | None = None,
    ) -> Iterator[Playing]:
        """Begins at once; leaving it waits for its end, or ends it where the caller came to grief. `in_flight`:
        requests
        to one bank at once; who comes then waits for his turn, and is timed from there."""
        if not self._is_signed_in:
            self._is_signed_in = True
            self._do(self._sign_in())
        playing = Playing(self._counters, steps, event_s, self._timeout_s, on_sent, on_answered)
        running = asyncio.run_coroutine_threadsafe(playing.run(in_flight), self._loop)
        try:
            yield playing
            playing.finish()
        finally:
            running.cancel()  # nothing where it is over
            with playing.gone:
                playing.gone.wait_for(lambda: playing.is_over)

    def wait_final(self, patience_s: float, *, late_s: float = LATE_S, everything: bool = False) -> bool:
        """After everything was healed: whether all that was ever accepted was final within this time. All books have
        been read then; with `everything` also the transfers that were read as final after earlier plays."""
        return self._do(self._rest.come(patience_s, late_s, everything=everything))

    @property
    def complaints(self) -> tuple[str, ...]:
        """What banks answered wrongly, in sentences."""
        return tuple(self._complaints.sentences)

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    async def _sign_in(self) -> None:
        await asyncio.gather(*(counter.sign_in_all() for counter in self._counters.values()))

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for counter in self._counters.values():
            counter.lines.close()
        await asyncio.sleep(0)  # what was aborted is told of it

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()
