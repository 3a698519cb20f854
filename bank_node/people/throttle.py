"""How often somebody may try to sign in: a growing delay per account, a budget per address.

Nobody is locked out for ever: a stranger who guesses at an account makes its owner wait half a minute at most. Kept in
memory, because a restarted bank may forgive; both tables are bounded, because names tried are chosen by strangers.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

FREE_TRIES = 4  # the fifth wrong password starts the delays
DELAY_S_MAX = 30
FORGET_AFTER_S = 15 * 60
ADDRESS_TRIES = 60  # failures per address and window; a whole class may sit behind one address
ADDRESS_WINDOW_S = 60
REMEMBERED_MAX = 10_000

_SECOND_US = 1_000_000


class Throttle:
    """Times come from outside, in microseconds, so that tests do not sleep."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._accounts: OrderedDict[str, tuple[int, int]] = OrderedDict()  # name -> failures, last at
        self._addresses: OrderedDict[str, tuple[int, int]] = OrderedDict()  # address -> failures, window from

    def wait_s(self, username: str, address: str, now_us: int) -> int:
        """Whole seconds until the next try is looked at; 0 is now."""
        with self._lock:
            account = self._account_ready_us(username)
            source = self._address_ready_us(address, now_us)
        return max(0, -((now_us - max(account, source)) // _SECOND_US))

    def failed(self, username: str, address: str, now_us: int) -> None:
        with self._lock:
            failures, last_us = self._accounts.pop(username, (0, now_us))
            if now_us - last_us > FORGET_AFTER_S * _SECOND_US:
                failures = 0
            self._accounts[username] = (failures + 1, now_us)
            tries, from_us = self._addresses.pop(address, (0, now_us))
            if now_us - from_us >= ADDRESS_WINDOW_S * _SECOND_US:
                tries, from_us = 0, now_us
            self._addresses[address] = (tries + 1, from_us)
            for table in (self._accounts, self._addresses):
                while len(table) > REMEMBERED_MAX:
                    table.popitem(last=False)

    def succeeded(self, username: str) -> None:
        """The account's owner was here. The address keeps its count: he may share it with the guesser."""
        with self._lock:
            self._accounts.pop(username, None)

    def _account_ready_us(self, username: str) -> int:
        failures, last_us = self._accounts.get(username, (0, 0))
        if failures <= FREE_TRIES:
            return 0
        doublings = min(failures - FREE_TRIES - 1, 10)
        return last_us + min(1 << doublings, DELAY_S_MAX) * _SECOND_US

    def _address_ready_us(self, address: str, now_us: int) -> int:
        tries, from_us = self._addresses.get(address, (0, 0))
        ready_us = from_us + ADDRESS_WINDOW_S * _SECOND_US
        return ready_us if tries >= ADDRESS_TRIES and now_us < ready_us else 0
