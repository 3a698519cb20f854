"""The front desk of one bank: what sign-in keeps in memory and in threads. The database is in `store.people`."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from bank_node.people.throttle import Throttle
from bank_node.people.tokens import Signet, load_secret
from bank_node.settings import BankSettings

HASHES_AT_ONCE = 2  # 19 MiB each
WAITING_MAX = 200  # sign-ins in the queue before the next one is asked to come back
KNOWN_MAX = 4_096
CHECK_AGAIN_AFTER_US = 1_000_000  # what was ended in the database by others is noticed within a second

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. `session` is the hash under which the session is kept."""

    staff_id: int
    username: str
    name: str
    role: str
    session: str
    kind: str  # browser, token
    expires_us: int
    customer_id: int | None = None  # whose accounts a customer sees
    one_time: bool = False  # came in by a password that the bank had made: an own one comes first
    ends_us: int = 0  # when the session ends if nothing more is done; 0 for a token, which ends when it expires


class KnownTokens:
    """Tokens verified a moment ago, so that the hot route asks neither cryptography nor the database each time.

    Whoever ends a session or changes a person calls `forget_all`: an answer that was on its way then is not kept.
    """

    def __init__(self) -> None:
        self.epoch = 0
        self.asking: dict[tuple[str, int], asyncio.Future[Person]] = {}  # by token and epoch; of the event loop alone
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[Person, int]] = OrderedDict()

    def get(self, token: str, now_us: int) -> Person | None:
        found = self._known.get(token)
        if found is None:
            return None
        person, checked_us = found
        fresh = 0 <= now_us - checked_us < CHECK_AGAIN_AFTER_US and now_us < person.expires_us
        return person if fresh else None

    def keep(self, token: str, person: Person, now_us: int, epoch: int) -> None:
        """`epoch` is the one read before the verification began."""
        with self._lock:
            if epoch != self.epoch:
                return
            self._known[token] = (person, now_us)
            self._known.move_to_end(token)
            if len(self._known) > KNOWN_MAX:
                self._known.popitem(last=False)

    def forget_all(self) -> None:
        with self._lock:
            self.epoch += 1
            self._known.clear()


class Desk:
    """Made once per bank by whoever composes it; `close` ends its threads."""

    def __init__(self, signet: Signet) -> None:
        self.signet = signet
        self.throttle = Throttle()
        self.known = KnownTokens()
        self._hashing = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0
        self._lock = Lock()

    def has_room(self) -> bool:
        return self._waiting < WAITING_MAX

    def check(self, work: Callable[..., T], *args: object) -> Future[T]:
        """Runs work that hashes, two at a time, off the event loop and off the writer's thread."""
        with self._lock:
            self._waiting += 1
        future = self._hashing.submit(work, *args)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: Future[Any]) -> None:
        with self._lock:
            self._waiting -= 1

    def close(self) -> None:
        self._hashing.shutdown(wait=True, cancel_futures=True)


def open_desk(settings: BankSettings) -> Desk:
    """The desk of the bank with these settings; its signing secret is read or made in DATA_DIR/secrets."""
    secret = load_secret(settings.data_dir / "secrets")
    return Desk(Signet(settings.bank_id, secret, settings.token_minutes))
