"""Breaks a running federation on purpose, for a while, and puts it right again.

A fault is a name and what it is told: latency 500ms±100 BRVO, dup 3x. It lasts until its time is over, it is stopped or
healed, or the federation goes down. `heal` ends all there are, also after whoever held them was killed. Faults between
the banks and their broker need `bankfed up --lab`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from federation.cli.call import DATA_DIR, Answer, Call, complete_banks, verb
from federation.cli.show import Paint, table
from federation.failure import ExitCode, Failure

WHAT = ("list", "start", "stop", "heal")


def complete_words(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """After `start` a fault, then a bank; after `stop` what is in force."""
    said = list(ctx.params.get("words") or ())
    if ctx.params.get("what") == "start" and not said:
        from federation.faults.catalogue import CATALOGUE

        return [
            CompletionItem(row.name, help=row.summary) for row in CATALOGUE.values() if row.name.startswith(incomplete)
        ]
    if ctx.params.get("what") == "start":
        return complete_banks(ctx, parameter, incomplete)
    if ctx.params.get("what") == "stop" and not said:
        from federation.chaos import journal
        from federation.folder import Folder

        data = ctx.params.get("data") or os.environ.get("BANKFED_DATA") or DATA_DIR
        inside = journal.read(journal.path(Folder(Path(data)))).get("faults", ())
        return [CompletionItem(str(one["name"]), help=str(one["words"])) for one in inside]
    return []


@verb(
    ("bankfed chaos list", "what there is to break, and what is broken now"),
    ("bankfed chaos start broker-kill --for 30s", "kill -9; back after half a minute"),
    ("bankfed chaos start bank-kill BRVO --for 10s", "a bank is away"),
    ("bankfed chaos start latency 500ms±100 BRVO --for 1m", "in a lab: everything comes later at one bank"),
    ("bankfed chaos start partition BRVO", "in a lab: one bank is cut off, until it is healed"),
    ("bankfed chaos start dup 3x", "records come again"),
    ("bankfed chaos stop latency", "end one"),
    ("bankfed chaos heal", "end all, whatever happened to them"),
)
@click.argument("what", type=click.Choice(WHAT), default="list")
@click.argument("words", nargs=-1, metavar="[FAULT [WORD…]]", shell_complete=complete_words)
@click.option("--for", "for_", default=None, metavar="30s", help="How long; without it until it is stopped or healed.")
@click.option("--seed", type=int, default=1, show_default=True, help="What is left to chance comes from it.")
def command(call: Call, *, what: str, words: Sequence[str], for_: str | None, seed: int) -> Answer:
    from federation.folder import Folder

    folder = Folder(call.data)
    if (for_ is not None and what != "start") or (words and what in ("list", "heal")):
        raise Failure(f"{what} takes neither words nor --for", do="bankfed chaos --help", code=ExitCode.USAGE)
    if what == "list":
        return _listed(call, folder)
    spec = folder.read_spec()
    if what == "start":
        return _started(call, folder, _named(words, [bank.id for bank in spec.banks]), for_, seed)
    from federation.chaos import calling

    if what == "heal":
        healed = calling.heal(folder)
        text = "\n".join(healed["said"]) or "nothing was broken"
        return Answer({"said": healed["said"]}, text, ExitCode.OK if healed["ok"] else ExitCode.FAILED)
    if not words:
        raise Failure("which fault?", do="bankfed chaos stop latency; bankfed chaos heal ends all", code=ExitCode.USAGE)
    ended = calling.ask(folder, {"do": "stop", "which": " ".join(words)})["faults"]
    return Answer({"faults": ended}, "\n".join(_over(call.paint, one) for one in ended))


def _named(words: Sequence[str], banks: Sequence[str]) -> list[str]:
    """With the banks in capitals, as they are called; refused here what makes no sense anywhere."""
    from federation.faults.catalogue import row
    from federation.faults.parameters import read_words

    if not words:
        raise Failure("which fault?", do="bankfed chaos list names them", code=ExitCode.USAGE)
    said = [words[0].lower(), *(word.upper() if word.upper() in banks else word for word in words[1:])]
    found = row(said[0])
    read_words(found.name, found.parameters, said[1:])
    return said


def _started(call: Call, folder: Any, words: Sequence[str], for_: str | None, seed: int) -> Answer:
    from federation.chaos import calling
    from federation.faults.parameters import duration

    for_s = None
    if for_ is not None:
        try:
            for_s = duration(for_)
        except ValueError as error:
            raise Failure(f"--for {for_} is no time", why=str(error), do="--for 30s", code=ExitCode.USAGE) from error
    call.ticks.running(f"beginning {' '.join(words)}")
    request = {"do": "start", "words": list(words), "for_s": for_s, "seed": seed}
    fault = calling.ask(folder, request)["fault"]
    how_long = f"for {for_}" if for_ else "until bankfed chaos heal"
    text = f"{call.paint.sign('warn')} {call.paint.bold(fault['words'])} is in force, {how_long} (number {fault['id']})"
    return Answer({"fault": _shown(fault)}, text)


def _listed(call: Call, folder: Any) -> Answer:
    """Read from the journal: also where nobody is left who holds anything."""
    from federation.chaos import calling, journal
    from federation.faults.catalogue import CATALOGUE

    found = journal.read(journal.path(folder))
    inside, over = ([_shown(one) for one in found.get(name, ())] for name in ("faults", "over"))
    held = calling.keeper_of(folder) is not None
    lab = folder.exists() and bool(folder.read_spec().broker.doors)
    rows = [
        {"name": row.name, "summary": row.summary, "told": [f"{one.name}: {one.help}" for one in row.parameters]}
        for row in CATALOGUE.values()
    ]
    fields = {"running": inside, "over": over, "held": held or not inside, "lab": lab, "faults": rows}
    if call.as_json:
        return Answer(fields)
    paint = call.paint
    lines = [table(["fault", "what it does", "what it can be told"], [_row(one) for one in rows], paint), ""]
    if not lab:
        lines.append(paint.dim("Faults of the wire (latency, partition, drop …) need bankfed up --lab."))
    lines += [_over(paint, one) for one in over[-5:]]
    lines += [_running(paint, one) for one in inside] or ["nothing is broken now"]
    if inside and not held:
        lines.append(f"{paint.sign('bad')} nobody holds them any more: bankfed chaos heal puts everything right")
    return Answer(fields, "\n".join(lines))


def _row(one: Mapping[str, Any]) -> list[str]:
    return [one["name"], one["summary"], " · ".join(told.partition(": ")[2] for told in one["told"])]


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    """With the seconds left, as a program wants them."""
    until_us = one.get("until_us")
    left_s = None if until_us is None else max(0.0, round((until_us - time.time_ns() // 1000) / 1_000_000, 1))
    return {**one, "left_s": None if one.get("over_us") else left_s}


def _running(paint: Paint, one: Mapping[str, Any]) -> str:
    left = "until it is healed" if one["left_s"] is None else f"{one['left_s']:.0f} s left"
    proof = one["proof"] if one["bit"] else f"nothing yet{': ' + one['proof'] if one['proof'] else ''}"
    return f"{paint.sign('warn')} {one['id']}  {paint.bold(one['words'])}  {left}; {proof}"


def _over(paint: Paint, one: Mapping[str, Any]) -> str:
    proof = one["proof"] if one["bit"] else f"it did not bite ({one['proof']})"
    return f"{paint.sign('ok' if one['bit'] else 'skip')} {one['id']}  {one['words']}  {one['how']}; {proof}"
