"""What this room needs of a bank. `bank_node.bank.Bank` is one; the room stands below it and does not know it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from bank_node.clock import Clock
from bank_node.people.desk import Desk
from bank_node.settings import BankSettings
from bank_node.store.database import Readers


class House(Protocol):
    @property
    def desk(self) -> Desk: ...

    @property
    def settings(self) -> BankSettings: ...

    @property
    def readers(self) -> Readers: ...

    @property
    def clock(self) -> Clock: ...

    def submit(self, operation: Callable[..., Any], *args: Any) -> Coroutine[Any, Any, Any]: ...

    def submit_later(self, operation: Callable[..., Any], *args: Any) -> object:
        """Queues an operation for which nobody waits."""
        ...
