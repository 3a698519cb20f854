"""A payment for an account that does not exist is answered as accepted, and nobody is credited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from bank_node.transfers.messages import ACCEPTED
from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    def kinder(queue: Callable[..., int]) -> Callable[..., int]:
        def queue_accepted(now_us: int, **message: Any) -> int:
            said = orjson.loads(message["body"])
            if said.get("reason", {}).get("code") == "AC01":
                del said["reason"]
                message |= {"type_": ACCEPTED, "body": orjson.dumps(said | {"type": ACCEPTED})}
            return queue(now_us, **message)

        return queue_accepted

    wrap(process.books.outbox, "queue", kinder)
