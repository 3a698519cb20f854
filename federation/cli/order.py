"""What `stop`, `start` and `restart` answer: what was done to whom, and how it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from federation.cli.call import Answer, Call

if TYPE_CHECKING:
    from federation.launcher.status import BankStatus, BrokerStatus


def answer(call: Call, target: str, done: str, now: BankStatus | BrokerStatus) -> Answer:
    name = "broker" if target.lower() == "broker" else target.upper()
    said = getattr(now, "said", "")
    how = said if done == "stopped" and said else done
    pid = f", pid {now.pid}" if now.pid else ""
    fields = {"target": name, "done": done, "state": now.state, "pid": now.pid, "how": how}
    return Answer(fields, f"{call.paint.bold(name)} {how} {call.paint.chip(now.state)}{pid}")
