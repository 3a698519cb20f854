"""Stops one bank, or the broker. It stays down, also over `up`, until it is started again."""

from __future__ import annotations

import click

from federation.cli.call import Answer, Call, complete_targets, verb
from federation.cli.order import answer


@verb(
    ("bankfed stop BRVO", "in order"),
    ("bankfed stop broker --kill", "kill -9: payments queue, nothing is lost"),
)
@click.argument("target", metavar="BANK|broker", shell_complete=complete_targets)
@click.option("--kill", is_flag=True, help="Without warning (SIGKILL).")
def command(call: Call, *, target: str, kill: bool) -> Answer:
    from federation.folder import Folder
    from federation.launcher.orders import stop

    return answer(call, target, "killed" if kill else "stopped", stop(Folder(call.data), target, call.ticks, kill))
