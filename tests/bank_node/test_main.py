"""The server around a bank: it ticks once a second, and ends when it is told to, not at its next tick."""

from __future__ import annotations

import asyncio
import signal
from types import SimpleNamespace
from typing import Any

import uvicorn

from bank_node.__main__ import BankServer


class Counted(BankServer):
    """Told to end by a signal as soon as it waits."""

    def __init__(self, bank: Any) -> None:
        super().__init__(uvicorn.Config("nothing:app", log_config=None), bank)
        self.ticks = 0

    async def on_tick(self, counter: int) -> bool:
        self.ticks += 1
        if self.ticks == 1:
            asyncio.get_running_loop().call_soon(self.handle_exit, signal.SIGTERM, None)
        return await super().on_tick(counter)


def test_it_ends_at_the_tick_that_the_signal_brings() -> None:
    closed: list[str] = []
    server = Counted(SimpleNamespace(bell=SimpleNamespace(close=lambda: closed.append("bell"))))
    asyncio.run(server.main_loop())
    assert server.ticks == 2
    assert closed == ["bell"]
    assert any(name == b"date" for name, _ in server.server_state.default_headers)


def test_a_signal_before_it_serves_ends_it_too() -> None:
    server = Counted(SimpleNamespace(bell=SimpleNamespace(close=lambda: None)))
    server.handle_exit(signal.SIGTERM, None)
    asyncio.run(server.main_loop())
    assert server.ticks == 1
