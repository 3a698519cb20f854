"""One process's hold on the post room, where several processes work on one bank's database.

Here is when to renew, when to look, when to take over. Whether a unit of work may still be written is not decided
here: the database does that, by the fence (`operations.lease`). A standby's loops back off until it is their turn.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from bank_node.broker.loop import BackOff
from bank_node.broker.process_name import is_gone, process_name
from bank_node.operations.lease import POST_ROOM, LeaseLost, release_lease, renew_lease, take_lease, under_lease
from bank_node.store.commit import StoreUnavailable
from bank_node.store.leases import Held

log = logging.getLogger(__name__)

WRITER_PATIENCE_S = 30.0
LOOK_EVERY_S_MAX = 1.0

Submit = Callable[..., Future[Any]]


class Tenure:
    """`stands_by` is told whose turn it is when it is not ours, and "" when it is."""

    def __init__(
        self,
        *,
        submit: Submit,
        look: Callable[[], Held | None],
        lease_ms: int,
        stands_by: Callable[[str], None],
        taken: Callable[[], None] = lambda: None,
        holder: str | None = None,
        gone: Callable[[str], bool] = is_gone,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`look` reads the lease as it stands; `gone` knows of a holder that it can not come back.

        `taken` is what is to be done before the first turn under a new fence.
        """
        self.holder = holder or process_name()
        self.fence: int | None = None
        self._submit, self._look, self._gone = submit, look, gone
        self._lease_ms, self._stands_by, self._taken, self._monotonic_s = lease_ms, stands_by, taken, monotonic_s
        self._lock = threading.Lock()
        self._renew_at_s = self._look_at_s = 0.0
        self._seen: Held | None = None
        self._seen_at_s = monotonic_s()  # since then it stands as it was seen

    def hold(self) -> int:
        """The fence to work under. Raises BackOff while another process has it, or the database does not answer."""
        with self._lock:
            try:
                if self.fence is None:
                    self._try_to_take()
                elif self._monotonic_s() >= self._renew_at_s:
                    self._renew(self.fence)
            except (StoreUnavailable, TimeoutError) as why:
                raise BackOff(f"the database: {str(why) or type(why).__name__}") from why
            if self.fence is None:
                raise BackOff(f"another process of this bank works the post room: {self._whose()}")
            return self.fence

    def lost(self, why: LeaseLost, fence: int) -> None:
        """The database refused what was done under this fence."""
        with self._lock:
            if self.fence == fence:
                self._let_go(str(why))

    def release(self, timeout_s: float) -> None:
        """An orderly end: the next one need not wait. What is still under way is as good as before until it comes."""
        with self._lock, suppress(StoreUnavailable, TimeoutError):
            if self.fence is not None:
                fence, self.fence = self.fence, None
                self._submit(release_lease, POST_ROOM, fence).result(timeout_s)

    def _try_to_take(self) -> None:
        now_s = self._monotonic_s()
        if now_s < self._look_at_s:
            return
        found = self._look()
        if found != self._seen:
            self._seen, self._seen_at_s = found, now_s
        self._look_at_s = now_s + min(LOOK_EVERY_S_MAX, self._lease_ms / 5_000)
        if found is None or self._is_free(found.holder) or now_s - self._seen_at_s >= self._lease_ms / 1000:
            fence = self._ask(take_lease, POST_ROOM, self.holder, self._lease_ms, found)
            if fence is not None:
                self._taken()
            self.fence = fence
            self._look_at_s = now_s  # somebody was quicker: see who
        self._renew_at_s = now_s + self._lease_ms / 3_000
        self._stands_by("" if self.fence else self._whose())
        if self.fence:
            log.info("this process works the post room", extra={"fence": self.fence, "holder": self.holder})

    def _is_free(self, holder: str) -> bool:
        """Given back; or our own, of which we did not hear that we had it; or of a process that has ended."""
        return holder in ("", self.holder) or self._gone(holder)

    def _renew(self, fence: int) -> None:
        now_s = self._monotonic_s()
        try:
            self._ask(renew_lease, POST_ROOM, fence, self._lease_ms)
        except LeaseLost as why:
            self._let_go(str(why))
        else:
            self._renew_at_s = now_s + self._lease_ms / 3_000

    def _let_go(self, why: str) -> None:
        log.warning("another process has taken the post room over: %s", why)
        self.fence, self._look_at_s = None, 0.0
        self._stands_by("another process")

    def _ask(self, *operation: Any) -> Any:
        return self._submit(*operation).result(WRITER_PATIENCE_S)

    def _whose(self) -> str:
        return self._seen.holder if self._seen is not None else "another process"


class Shift:
    """One loop's turns under the lease. A turn works under the fence it began with; after a change of fence the loop
    first forgets what it had in memory."""

    def __init__(self, tenure: Tenure, submit: Submit) -> None:
        self._tenure, self._writer = tenure, submit
        self._fence = 0

    def submit(self, operation: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hands a unit of work to the writer; its future raises LeaseLost where the fence has moved on."""
        return self._writer(under_lease, POST_ROOM, self._fence, operation, *arguments)

    def turns(self, tick: Callable[[], int], forget: Callable[[], None] = lambda: None) -> Callable[[], int]:
        """The tick, done only while this process holds the lease."""

        def turn() -> int:
            fence = self._tenure.hold()
            if fence != self._fence:
                forget()
                self._fence = fence
            try:
                return tick()
            except LeaseLost as why:
                self._tenure.lost(why, fence)
                raise BackOff(str(why)) from why

        return turn
