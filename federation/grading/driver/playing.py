"""Steps, each at its event, whatever became of those before: a slow bank holds nobody back but who asks it.

Only two things wait: a reading about a step's transfer, until that step was answered, and a teller who looks at the
account he has just ordered from, until his own orders were. Of what is not answered there is nothing to read.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from itertools import groupby
from typing import Any

from federation.failure import Failure
from federation.grading.calls import OK, TRANSFER, Call
from federation.grading.driver.counter import Counter
from federation.grading.driver.line import Now, nothing
from federation.grading.plan import OF, Step

GIVE_UP_S = 60.0  # after the last event: who could not even ask by then does not ask any more

Heard = Callable[[Step], None]
Answers = dict[str, "asyncio.Future[str]"]  # by step: the id its order was answered with, or nothing


class Playing:
    """The face that scenarios see (`Play`) is for other threads; `run` is the loop's."""

    def __init__(
        self,
        counters: Mapping[str, Counter],
        steps: Sequence[Step],
        event_s: float,
        timeout_s: float,
        on_sent: Heard | None = None,
        on_answered: Heard | None = None,
    ) -> None:
        self.counters, self.event_s, self._timeout_s = counters, event_s, timeout_s
        self.steps = sorted(steps, key=lambda step: step.event)  # what is at once stays in its order
        self.events = self.steps[-1].event + 1 if self.steps else 0
        self._on_sent, self._on_answered = on_sent, on_answered
        self.gone = threading.Condition()
        self._begun, self.is_over = -1, False
        self._stood_s = 0.0  # while somebody was told of something: the plan's time stands still then
        self._calls: list[Call] = []
        self._trouble: BaseException | None = None  # the driver's own
        self._hurt: Exception | None = None  # of who was told of something
        self._answers: Answers = {}
        self._own: dict[tuple[str, str], list[tuple[int, asyncio.Future[str]]]] = defaultdict(list)

    def until(self, event: int) -> None:
        with self.gone:
            self.gone.wait_for(lambda: self.is_over or self._begun >= min(event, self.events - 1))
        self._raise()

    def finish(self) -> None:
        with self.gone:
            self.gone.wait_for(lambda: self.is_over)
        self._raise()

    def calls(self) -> Sequence[Call]:
        """What was answered or given up, in the order it was."""
        with self.gone:
            return tuple(self._calls)

    def accepted(self) -> int:
        return len(
            {(call.bank, call.transaction_id) for call in self.calls() if call.do == TRANSFER and call.outcome == OK}
        )

    async def run(self, in_flight: int) -> None:
        for counter in self.counters.values():
            counter.lines.room = asyncio.Semaphore(in_flight)
        try:
            await self._run()
        except BaseException as error:
            self._trouble = error
            raise
        finally:
            with self.gone:
                self.is_over = True
                self.gone.notify_all()

    async def _run(self) -> None:
        loop, under_way = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        for step in self.steps:
            if step.key:
                answer = self._answers[step.id] = loop.create_future()
                self._own[step.client, _payer(step)].append((step.event, answer))
        try:
            await self._begin_all(loop, under_way)
            if under_way:
                await asyncio.wait(under_way, timeout=GIVE_UP_S)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _begin_all(self, loop: asyncio.AbstractEventLoop, under_way: set[asyncio.Task[None]]) -> None:
        begun_s = loop.time()
        for event, steps in groupby(self.steps, key=lambda step: step.event):
            while (wait_s := begun_s + self._stood_s + event * self.event_s - loop.time()) > 0:
                await asyncio.sleep(wait_s)
            tasks = [asyncio.create_task(self._step(step)) for step in steps]
            under_way.update(tasks)
            for task in tasks:
                task.add_done_callback(under_way.discard)
            with self.gone:
                self._begun = event
                self.gone.notify_all()

    async def _step(self, step: Step) -> None:
        """Asks it when it may be asked. One that is cancelled under way stays without an answer in the history."""
        try:
            request = await self._request(step)
            if request is None:
                return
            call = await self._asked(step, request)
            with self.gone:
                self._calls.append(call)
            if step.id in self._answers and call.outcome == OK:
                self._answers[step.id].set_result(call.transaction_id)
        except Exception as error:  # the grader's own trouble, for whoever waits
            self._trouble = self._trouble or error
        finally:
            if step.id in self._answers and not self._answers[step.id].done():
                self._answers[step.id].set_result("")

    def _asked(self, step: Step, request: Mapping[str, Any]) -> Coroutine[Any, Any, Call]:
        return self.counters[step.bank].ask(
            step.client,
            step.do,
            request,
            step.key,
            sent=self._telling(self._on_sent, step),
            answered=self._telling(self._on_answered, step),
            timeout_s=self._timeout_s,
        )

    async def _request(self, step: Step) -> Mapping[str, Any] | None:
        """None: the order it asks about was not accepted."""
        if OF in step.request:
            answer = self._answers.get(step.request[OF])
            id_ = await asyncio.shield(answer) if answer is not None else ""
            return {"transaction_id": id_} if id_ else None
        if not step.key:
            for event, answer in self._own[step.client, str(step.request.get("account"))]:
                if event < step.event:
                    await asyncio.shield(answer)
        return dict(step.request)

    def _telling(self, heard: Heard | None, step: Step) -> Now:
        """What a scenario does there may go wrong, and that is no answer of the bank."""
        if heard is None:
            return nothing

        def told() -> None:
            begun_s = time.monotonic()
            try:
                heard(step)
            except Exception as error:
                self._hurt = self._hurt or error
            self._stood_s += time.monotonic() - begun_s

        return told

    def _raise(self) -> None:
        if self._hurt is not None:
            raise self._hurt
        if self._trouble is not None:
            raise Failure(f"the driver came to grief: {self._trouble!r}") from self._trouble


def _payer(step: Step) -> str:
    return str(step.request.get("from_account") or step.request.get("account"))
