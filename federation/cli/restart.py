"""Stops one bank, or the broker, and starts it again; returns when it serves."""

from __future__ import annotations

import click

from federation.cli.call import Answer, Call, complete_targets, verb
from federation.cli.order import answer


@verb(("bankfed restart BRVO", "one bank"), ("bankfed restart broker --kill", "kill -9, then start it again"))
@click.argument("target", metavar="BANK|broker", shell_complete=complete_targets)
@click.option("--kill", is_flag=True, help="End it without warning (SIGKILL).")
def command(call: Call, *, target: str, kill: bool) -> Answer:
    from federation.folder import Folder
    from federation.launcher.orders import restart

    return answer(call, target, "started again", restart(Folder(call.data), target, call.ticks, kill))
