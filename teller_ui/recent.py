"""The last customers each member of staff looked at: in memory, for the empty search box, and gone with the process."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

KEPT = 5
PEOPLE_MAX = 1_000


class RecentCustomers:
    """Pages are read in several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    def saw(self, username: str, customer_id: int) -> None:
        with self._lock:
            before = self._seen.pop(username, ())
            self._seen[username] = (customer_id, *(id_ for id_ in before if id_ != customer_id))[:KEPT]
            if len(self._seen) > PEOPLE_MAX:
                self._seen.popitem(last=False)

    def of(self, username: str) -> tuple[int, ...]:
        """The newest first."""
        with self._lock:
            return self._seen.get(username, ())
