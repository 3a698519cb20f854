"""The proxy in a thread and loop of its own, for callers that have none: what they do to it is done there, in order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from typing import Any, ParamSpec, Self, TypeVar

from federation.wire.cargo import NameOf
from federation.wire.exchange import Traffic
from federation.wire.points import Watch
from federation.wire.proxy import Proxy, wall_us
from federation.wire.rules import Laid, Rule

P = ParamSpec("P")
T = TypeVar("T")


class ProxyBeside(AbstractContextManager["ProxyBeside"]):
    """Open from its making on. What a watch tells is told in its thread; counters may be read from anywhere."""

    def __init__(
        self,
        seed: int | str = 0,
        acks_of: str | None = None,
        name_of: NameOf | None = None,
        now_us: Callable[[], int] = wall_us,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self.proxy = self.do(Proxy, seed, acks_of, name_of, now_us)

    def do(self, what: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs it in the proxy's loop and returns what it returns, or raises what it raises."""
        if threading.current_thread() is self._thread:  # whoever is told of a moment may act on it at once
            return what(*args, **kwargs)

        async def done() -> T:
            return what(*args, **kwargs)

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def open(self, bank: str, broker: str, port: int = 0) -> str:
        return self.do(self.proxy.open, bank, broker, port)

    def lay(self, rule: Rule) -> Laid:
        return self.do(self.proxy.lay, rule)

    def end(self, laid: Laid) -> None:
        self.do(self.proxy.end, laid)

    def watch(self, watch: Watch) -> Watch:
        return self.do(self.proxy.watch, watch)

    def unwatch(self, watch: Watch) -> None:
        self.do(self.proxy.unwatch, watch)

    def traffic(self, bank: str) -> Traffic:
        """As it is now: a copy."""
        return self.do(lambda: deepcopy(self.proxy.traffic(bank)))

    def waiting_s(self, bank: str, api: int | None = None) -> float:
        return self.do(self.proxy.waiting_s, bank, api)

    def heal(self) -> None:
        self.do(self.proxy.heal)

    def close(self) -> None:
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self.proxy.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
