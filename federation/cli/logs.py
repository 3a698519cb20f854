"""Shows the logs of all banks, the broker and the launcher as one, by time. `--trace` follows one transfer everywhere.

With --json the answer is one object with `lines`; with --json and -f, one object per line, as they come.
"""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import UTC, datetime, timedelta

import click

from federation.cli.call import Answer, Call, complete_targets, verb
from federation.cli.show import BANK_COLOURS, Paint, pad
from federation.failure import ExitCode, Failure
from federation.logbook import BROKER, LAUNCHER, LEVELS, Filter, Logbook, LogLine, sources

FOLLOW_EVERY_S = 0.2
_SPAN = re.compile(r"(\d+)\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_NOT_TOLD = ("about", "logger")  # said otherwise; for programs only
_LEVEL_COLOURS = {"warning": "yellow", "error": "red", "critical": "red", "debug": "dim"}


@verb(
    ("bankfed logs -f", "follow everything"),
    ("bankfed logs ALFA broker --level warning", "what went wrong at ALFA and the broker"),
    ("bankfed logs --trace ID", "one transfer over all banks, from their logs and their books"),
    ("bankfed logs --since 10m", "the last ten minutes"),
)
@click.argument("names", nargs=-1, metavar="[BANK|broker|launcher]...", shell_complete=complete_targets)
@click.option("-f", "--follow", is_flag=True, help="Go on as lines come; Ctrl-C ends it.")
@click.option("--level", type=click.Choice(LEVELS[:4]), default="debug", help="This level and above.")
@click.option("--since", metavar="WHEN", default="", help="30s, 10m, 2h, 1d, or a time like 2026-11-21T08:00.")
@click.option("--trace", metavar="ID", default="", help="Only lines of this transfer or trace.")
@click.option("-n", "--last", type=click.IntRange(min=0), default=None, help="Only the last N lines.")
def command(
    call: Call, *, names: tuple[str, ...], follow: bool, level: str, since: str, trace: str, last: int | None
) -> Answer:
    known = sources(call.data)
    if not known:
        raise Failure("there are no logs here", why=f"{call.data} has none", do="bankfed up", code=ExitCode.NOT_RUNNING)
    chosen = Filter(_chosen(names, known), level, _moment_us(since), trace.strip())
    book = Logbook(call.data, chosen)
    lines = _with_steps(call, chosen, book.tick())
    lines = lines if last is None else lines[len(lines) - min(last, len(lines)) :]
    if not follow:
        return Answer({"lines": [as_json(line) for line in lines]}, "\n".join(rendered(li, call.paint) for li in lines))
    while True:
        for line in lines:
            print(json.dumps({"ok": True, **as_json(line)}) if call.as_json else rendered(line, call.paint))
        sys.stdout.flush()
        time.sleep(FOLLOW_EVERY_S)
        lines = book.tick()


def _with_steps(call: Call, chosen: Filter, lines: list[LogLine]) -> list[LogLine]:
    """For --trace also what the banks' own books say of the transfer, where they run."""
    if not chosen.trace:
        return lines
    from federation.roster import read_roster
    from federation.trace import steps

    try:
        roster = read_roster(call.data)
    except Failure:
        return lines  # logs without a world: somebody keeps them for later
    told = [line for line in steps(roster, chosen.trace) if chosen.lets(line)]
    told = [line for line in told if not chosen.sources or line.source in chosen.sources]
    return sorted([*lines, *told], key=lambda line: line.at_us)


def rendered(line: LogLine, paint: Paint) -> str:
    at = datetime.fromtimestamp(line.at_us / 1_000_000, UTC).astimezone()
    clock = paint.dim(f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}")
    source = paint.colour(_colour(line.source), pad(line.source, 8))
    level = pad(line.level[:7], 7)
    told = {name: value for name, value in line.fields.items() if value not in (None, "") and name not in _NOT_TOLD}
    fields = " ".join(f"{name}={_plain(value)}" for name, value in told.items())
    about = f"{line.fields['about']}: " if line.fields.get("about") else ""
    coloured = paint.colour(_LEVEL_COLOURS[line.level], level) if line.level in _LEVEL_COLOURS else level
    return f"{clock} {source} {coloured} {about}{line.event} {paint.dim(fields)}".rstrip()


def as_json(line: LogLine) -> dict[str, object]:
    ts = datetime.fromtimestamp(line.at_us / 1_000_000, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {**line.fields, "ts": ts, "source": line.source, "level": line.level, "event": line.event}


def _colour(source: str) -> str:
    """A bank keeps its colour from call to call."""
    if source in (BROKER, LAUNCHER):
        return "bold"
    return BANK_COLOURS[sum(source.encode()) % len(BANK_COLOURS)]


def _plain(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text) if any(c.isspace() or not c.isprintable() for c in text) else text


def _chosen(names: tuple[str, ...], known: list[str]) -> frozenset[str]:
    found = frozenset(name.lower() if name.lower() in (BROKER, LAUNCHER) else name.upper() for name in names)
    for name in found.difference(known):
        raise Failure(f"there is no log of {name!r}", why=f"there are {', '.join(known)}", code=ExitCode.USAGE)
    return found


def _moment_us(since: str) -> int:
    if not since:
        return 0
    span = _SPAN.fullmatch(since.strip())
    try:
        if span:
            moment = datetime.now(UTC) - timedelta(**{_UNITS[span[2]]: int(span[1])})
        else:
            moment = datetime.fromisoformat(since.strip()).astimezone()
    except (ValueError, OverflowError) as error:
        raise Failure(
            f"{since!r} is not a time", do="write 10m, 2h or 2026-11-21T08:00", code=ExitCode.USAGE
        ) from error
    return int(moment.timestamp() * 1_000_000)
