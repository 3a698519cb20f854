"""Opens a bank (or its API page) in the browser; without a browser it prints the address."""

from __future__ import annotations

import os
import sys

import click

from federation.cli.call import Answer, Call, complete_banks, verb
from federation.failure import ExitCode, Failure
from federation.roster import Roster, read_roster


@verb(
    ("bankfed open", "the first bank"),
    ("bankfed open BRVO", "one bank"),
    ("bankfed open docs", "the API page of the first bank"),
    ("bankfed open BRVO --docs", "the API page of one bank"),
)
@click.argument("what", required=False, default="", metavar="[BANK|docs]", shell_complete=complete_banks)
@click.option("--docs", is_flag=True, help="The API page instead of the teller's.")
@click.option("--print", "only_print", is_flag=True, help="Print the address, open nothing.")
def command(call: Call, what: str, docs: bool, only_print: bool) -> Answer:
    url = address(read_roster(call.data), what, docs)
    opened = not only_print and not call.as_json and has_browser() and _open(url)
    return Answer({"url": url, "opened": opened}, url)


def address(roster: Roster, what: str, docs: bool = False) -> str:
    word = what.lower()
    if word == "console":
        raise Failure("there is no console yet", do="bankfed open ALFA opens a bank", code=ExitCode.USAGE)
    first = next(iter(roster.members.values()), None)
    if first is None:
        raise Failure("this federation has no banks", do="bankfed up -n 3")
    member = first if word in ("", "bank", "docs") else roster.member(what)
    return member.url.rstrip("/") + ("/docs" if docs or word == "docs" else "/")


def has_browser() -> bool:
    """Whether there is a screen to open a browser on."""
    if sys.platform in ("darwin", "win32"):
        return not os.environ.get("SSH_CONNECTION")
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(url: str) -> bool:
    import webbrowser

    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False
