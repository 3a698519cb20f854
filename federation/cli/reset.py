"""Stops everything and deletes the federation's data: databases, logs, broker, world. Asks first."""

from __future__ import annotations

import sys

import click

from federation.cli.call import Answer, Call, verb
from federation.failure import ExitCode, Failure


@verb(("bankfed reset", "asks, then deletes .bankfed"), ("bankfed reset --yes", "does not ask"))
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def command(call: Call, *, yes: bool) -> Answer:
    from federation.folder import Folder
    from federation.launcher.stopping import end

    folder = Folder(call.data)
    if not folder.exists() and not folder.run.exists():
        return Answer({"deleted": None}, f"there is nothing in {folder.root}")
    if not yes:
        if call.as_json or not sys.stdin.isatty():
            raise Failure(
                "reset deletes all data of the federation", do="say so: bankfed reset --yes", code=ExitCode.USAGE
            )
        click.confirm(f"Delete the federation in {folder.root}, its banks and all they know?", abort=True, err=True)
    with folder.locked():
        ended = end(folder, call.ticks)
        if ended.left:
            raise Failure("not everything could be stopped", why=f"still running: {', '.join(ended.left)}")
        folder.remove()
    return Answer({"deleted": str(folder.root)}, f"deleted {folder.root}")
