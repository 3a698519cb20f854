"""Stops everything in order: banks first, then the broker. Deletes nothing; `up` goes on where this left off."""

from __future__ import annotations

from federation.cli.call import Answer, Call, verb
from federation.failure import ExitCode


@verb(("bankfed down", "stop the federation in .bankfed"), ("bankfed down --data two", "stop another one"))
def command(call: Call) -> Answer:
    from federation.folder import Folder
    from federation.launcher.stopping import down

    ended = down(Folder(call.data), call.ticks)
    what = f"stopped {', '.join(name for name, _ in ended.stopped)}" if ended.stopped else "nothing was running"
    left = ", ".join(ended.left) if ended.left else "nothing"
    fields = {"stopped": [{"name": name, "how": how} for name, how in ended.stopped], "left": ended.left}
    text = f"{what}; left running: {left}; the data stays in {call.data}"
    return Answer(fields, text, ExitCode.FAILED if ended.left else ExitCode.OK)
