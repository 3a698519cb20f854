"""The lease under which one process of a bank works its post room, and the fence that refuses the one before it.

No clock is compared with another's: whoever takes a lease over has seen it stand still for its whole time, and takes
exactly what was seen. A process that slept meanwhile finds another fence, in the very unit of work it wanted to write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.store.books import Books
from bank_node.store.leases import Held

POST_ROOM = "post_room"  # relay, consumer, registrar and sweeper of a bank


class LeaseLost(Refusal):
    """Another process holds the lease now. Nothing was written."""

    def __init__(self, name: str, fence: int, now: int) -> None:
        super().__init__("lease_lost", f"the lease {name} was held under fence {fence}; it is {now} now")


def take_lease(
    books: Books, now_us: int, _ids: Ids, name: str, holder: str, lease_ms: int, seen: Held | None = None
) -> int | None:
    """The fence to work under; None where the lease is not as it was `seen` (None: where it was ever held)."""
    return books.leases.take(name, holder, now_us + lease_ms * 1000, seen)


def renew_lease(books: Books, now_us: int, _ids: Ids, name: str, fence: int, lease_ms: int) -> None:
    """Says that the holder is there. Raises LeaseLost."""
    if not books.leases.renew(name, fence, now_us + lease_ms * 1000):
        raise LeaseLost(name, fence, books.leases.fence(name))


def release_lease(books: Books, _now_us: int, _ids: Ids, name: str, fence: int) -> None:
    """The next one waits for nothing. Changes nothing where another process holds it."""
    books.leases.release(name, fence)


def under_lease(
    books: Books, now_us: int, ids: Ids, name: str, fence: int, operation: Callable[..., Any], *arguments: Any
) -> Any:
    """Does the operation in this unit of work if the lease is still held under this fence. Raises LeaseLost."""
    now = books.leases.fence(name)
    if now != fence:
        raise LeaseLost(name, fence, now)
    return operation(books, now_us, ids, *arguments)
