"""When a play is over and all is healed: what nobody knows is asked again under its key, what is open is awaited, and
then every bank is read once more: transfers first, then its accounts and statements.

The order matters: a transfer that was read as completed must be found in statements that were read after it. All of it
is asked by `calls.FINAL_READER`, all banks at once. Where money still moves, an account is read again until its balance
and its statement are of one moment; what never comes to fit, does not fit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from federation.grading.calls import (
    FAIL,
    FINAL,
    FINAL_READER,
    INFO,
    MISSING,
    OK,
    READ_ACCOUNT,
    READ_STATEMENT,
    READ_TRANSFER,
    TRANSFER,
    Call,
)
from federation.grading.clock import now_us
from federation.grading.driver.counter import Counter
from federation.grading.history_file import HistoryWriter
from federation.grading.town import Account, Town

AGAIN_S = 0.3  # a transfer, or a key, is asked about so often at most
WATCHED = 32  # open transfers of one bank that are asked about in turn; the others' time comes when these are final
ASK_S = 5.0
TRIES = 5
BUSY_TRIES = 30  # at an account of a bank that says "not now"
SILENT_TRIES = 2  # at an account of a bank that does not answer: each may take all of ASK_S
AT_ONCE = 16  # requests to one bank
NOT_NOW = (408, 425, 429, 503)
TELLS_NOTHING = (401, 409, *NOT_NOW)  # of a key that came before: refused now, or still at it

Key = tuple[str, str]  # bank and key
Id = tuple[str, str]  # bank and transfer


class Rest:
    """Of one federation, over all its plays: what was final and read as such is not asked about again."""

    def __init__(self, town: Town, counters: Mapping[str, Counter], history: HistoryWriter) -> None:
        self.town, self.counters, self.history = town, counters, history
        self._looked = 0  # how many calls of the history
        self._answered: set[Key] = set()
        self._unknown: dict[Key, Call] = {}
        self._accepted: dict[Id, Call] = {}  # and not read as final yet
        self._read: dict[Id, Call] = {}
        self._watched: dict[str, asyncio.Semaphore] = {}
        self._sweeps = 0

    async def come(self, patience_s: float, late_s: float, *, everything: bool) -> bool:
        """Whether all was final in time; what was not is waited for a while longer, to know whether it is only late.
        Then
        all books are read; with `everything` also the transfers that had been read before."""
        due_us = now_us() + int(patience_s * 1e6)
        self._look()
        self._watched = {bank: asyncio.Semaphore(WATCHED) for bank in self.counters}
        for counter in self.counters.values():
            counter.lines.room = asyncio.Semaphore(AT_ONCE)
        unknown, self._unknown = list(self._unknown.values()), {}
        matters = [self._resolve(call, due_us, patience_s, late_s) for call in unknown]
        matters += [self._await(call, due_us, late_s) for call in self._accepted.values()]
        in_time = all(await asyncio.gather(*matters))
        if everything:
            await asyncio.gather(*(self._look_up(call) for call in self._read.values()))
        self._sweeps += 1
        await asyncio.gather(*(self._books(account, f"end{self._sweeps}") for account in self.town.accounts()))
        return in_time

    def _look(self) -> None:
        """At what was asked since the last time."""
        calls = self.history.calls()
        for call in calls[self._looked :]:
            if not call.key:
                continue
            key = (call.bank, call.key)
            unknown = self._unknown.get(key)
            if call.outcome == OK:
                self._answered.add(key)
                self._accept(call)
            if unknown is not None and (call.outcome == OK or (_is_told(call) and call.request == unknown.request)):
                del self._unknown[key]
            elif call.outcome == INFO and key not in self._answered:
                self._unknown.setdefault(key, call)
        self._looked = len(calls)

    def _accept(self, call: Call) -> None:
        if call.do == TRANSFER and (call.bank, call.transaction_id) not in self._read:
            self._accepted.setdefault((call.bank, call.transaction_id), call)

    async def _resolve(self, call: Call, due_us: int, patience_s: float, late_s: float) -> bool:
        """The same again, of the same client under the same key, until it is answered; a bank that keeps failing at it
        is left alone with it."""
        counter, errors = self.counters[call.bank], 0
        while True:
            async with self._watched[call.bank]:
                again = await counter.ask(call.client, call.do, call.request, call.key, timeout_s=ASK_S)
            status = again.http_status
            errors += status is not None and status not in NOT_NOW
            if _is_told(again) or errors >= TRIES or now_us() >= due_us:
                break
            await asyncio.sleep(AGAIN_S)
        self._answered.add((call.bank, call.key))  # or given up, for ever
        if again.outcome != OK:
            return True
        self._accept(again)
        return await self._await(again, now_us() + int(patience_s * 1e6), late_s)

    async def _await(self, call: Call, due_us: int, late_s: float) -> bool:
        """A reading that began after its time proves that it was not final in time."""
        async with self._watched[call.bank]:
            in_time = True
            while True:
                began_us = now_us()
                if await self._look_up(call):
                    return in_time
                in_time = in_time and began_us < due_us
                if began_us >= due_us + late_s * 1e6:
                    return False
                await asyncio.sleep(AGAIN_S)

    async def _look_up(self, call: Call) -> bool:
        about = {"transaction_id": call.transaction_id}
        reading = await self.counters[call.bank].ask(FINAL_READER, READ_TRANSFER, about, timeout_s=ASK_S)
        if reading.status not in (*FINAL, MISSING):
            return False
        id_ = (call.bank, call.transaction_id)
        self._read[id_] = call
        self._accepted.pop(id_, None)
        return True

    async def _books(self, account: Account, sweep: str) -> None:
        bank, about = self.counters[account.bank], {"account": account.number}
        silent = 0
        for tries in range(1, BUSY_TRIES + 1):
            balance = await bank.ask(FINAL_READER, READ_ACCOUNT, about | {"sweep": sweep}, timeout_s=ASK_S)
            statement = await bank.ask(FINAL_READER, READ_STATEMENT, about, timeout_s=ASK_S)
            silent += balance.http_status is None and statement.http_status is None
            fits = balance.outcome == statement.outcome == OK and _fit(account, balance, statement)
            busy = balance.http_status in NOT_NOW or statement.http_status in NOT_NOW
            if fits or silent >= SILENT_TRIES or (tries >= TRIES and not busy):
                return
            await asyncio.sleep(AGAIN_S)


def _is_told(call: Call) -> bool:
    return call.outcome == OK or (call.outcome == FAIL and call.http_status not in TELLS_NOTHING)


def _fit(account: Account, balance: Call, statement: Call) -> bool:
    return account.opening_minor + sum(line.amount_minor for line in statement.lines) == balance.balance_minor
