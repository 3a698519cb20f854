"""Starts one bank, or the broker, and returns when it serves."""

from __future__ import annotations

import click

from federation.cli.call import Answer, Call, complete_targets, verb
from federation.cli.order import answer


@verb(("bankfed start BRVO", "one bank"), ("bankfed start broker", "nothing else starts a dead broker again"))
@click.argument("target", metavar="BANK|broker", shell_complete=complete_targets)
def command(call: Call, *, target: str) -> Answer:
    from federation.folder import Folder
    from federation.launcher.orders import start

    return answer(call, target, "started", start(Folder(call.data), target, call.ticks))
