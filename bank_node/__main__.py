"""`python -m bank_node`: settings from the environment, then the bank, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from pydantic import ValidationError

from bank_node.bank import Bank
from bank_node.identity import IdentityProblem
from bank_node.settings import BankSettings
from bank_node.store.database import DatabaseProblem
from bank_node.telemetry import start_logging

CANNOT_START = 3
ALLOCATIONS_PER_COLLECTION = 20_000  # Python's own 700 looked for cycles with each handful of payments; there are none
log = logging.getLogger("bank_node")
if TYPE_CHECKING:
    from bank_node.main import Plant


class BankServer(uvicorn.Server):
    """Told to stop, it first ends what waits for news: an open event stream would hold the door for the whole grace."""

    def __init__(self, config: uvicorn.Config, bank: Bank) -> None:
        super().__init__(config)
        self._bank = bank
        self._end: Callable[[], object] = lambda: None  # wakes the main loop

    async def main_loop(self) -> None:
        """One tick a second, for the date, and one when it is told to end. Uvicorn's own looks ten times a second
        whether it was, which was a fifth of what an idle bank cost."""
        told = asyncio.Event()
        self._end = partial(asyncio.get_running_loop().call_soon_threadsafe, told.set)
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), 1.0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._bank.bell.close()
        super().handle_exit(sig, frame)
        self._end()


def run(settings: BankSettings, plant: Plant | None = None) -> int:
    """Serves until SIGTERM or SIGINT; 0, or CANNOT_START with the reason on standard error. `plant`: see `main`."""
    from bank_node.lab.failpoints import LabProblem
    from bank_node.main import bank_of, create_app

    start_logging(settings)
    try:
        app = create_app(settings, plant=plant)
    except (DatabaseProblem, IdentityProblem, LabProblem) as problem:
        log.error(str(problem))
        print(f"{settings.bank_id} cannot start: {problem}", file=sys.stderr)
        return CANNOT_START
    log.info("the bank opens", extra={"url": f"http://{settings.host}:{settings.port}"})
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # a bank believes no proxy, and asking costs every request
        timeout_graceful_shutdown=settings.graceful_shutdown_s,
        timeout_keep_alive=30,
    )
    server = BankServer(config, bank_of(app))
    gc.collect()
    gc.freeze()  # what was made so far stays as long as the bank does
    gc.set_threshold(ALLOCATIONS_PER_COLLECTION, *gc.get_threshold()[1:])
    server.run()
    log.info("the bank has closed")
    return 0 if server.started else CANNOT_START


def rehearse() -> None:
    """Works out what every bank would at its start; the launcher asks for it once, before it forks banks."""
    from bank_node.store.new_schema import statements

    statements("sqlite")


def main() -> int:
    """Reads the environment; what is wrong with it is said in words."""
    try:
        settings = BankSettings()  # type: ignore[call-arg] # the environment fills it
    except ValidationError as error:
        for wrong in error.errors():
            print(f"{'.'.join(map(str, wrong['loc'])).upper()}: {wrong['msg']}", file=sys.stderr)
        return CANNOT_START
    return run(settings)


if __name__ == "__main__":
    sys.exit(main())
