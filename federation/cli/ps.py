"""Shows what runs and how it is. Exit code 0: all ready; 1: some not; 3: nothing runs."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from federation.cli.call import Answer, Call, verb
from federation.cli.show import Paint, table
from federation.failure import ExitCode

if TYPE_CHECKING:
    from federation.launcher.status import BankStatus, FederationStatus

WATCH_EVERY_S = 1.0
HEADERS = ("bank", "state", "up", "address", "queue", "lag", "CPU %", "MiB", "last event")


@verb(
    ("bankfed ps", "a line per bank"),
    ("bankfed ps --watch", "again every second"),
    ('eval "$(bankfed ps --env)"', "addresses as shell variables"),
    ("bankfed ps --json | jq .banks", "for programs"),
)
@click.option("--env", "as_env", is_flag=True, help="Shell variables: BANKFED_ALFA_URL, BANKFED_KAFKA, …")
@click.option("--watch", is_flag=True, help="Again every second; Ctrl-C ends it.")
def command(call: Call, *, as_env: bool, watch: bool) -> Answer:
    from federation.chaos.journal import in_force
    from federation.folder import Folder
    from federation.launcher.status import look

    folder = Folder(call.data)
    while watch:
        shown = rendered(look(folder), call.paint, in_force(folder))
        sys.stdout.write(f"\x1b[H\x1b[2J{shown}\n" if call.paint.on else f"{shown}\n\n")
        sys.stdout.flush()
        time.sleep(WATCH_EVERY_S)
    status = look(folder)
    faults = in_force(folder)
    text = environment(status) if as_env else rendered(status, call.paint, faults)
    return Answer({**status.as_json(), "faults": faults}, text, code_of(status))


def code_of(status: FederationStatus) -> ExitCode:
    if status.none_running:
        return ExitCode.NOT_RUNNING
    return ExitCode.OK if status.all_ready else ExitCode.FAILED


def rendered(status: FederationStatus, paint: Paint, faults: Sequence[str] = ()) -> str:
    rows = [
        [
            paint.bold(bank.id),
            paint.chip(bank.state),
            span(bank.uptime_s),
            bank.url,
            _number(bank.outbox_pending),
            _number(bank.lag),
            _number(bank.cpu_percent),
            _number(bank.rss_mib),
            _last(bank),
        ]
        for bank in status.banks
    ]
    broker = status.broker
    rows.append(
        [
            paint.bold("broker"),
            paint.chip(broker.state),
            span(broker.uptime_s),
            broker.bootstrap,
            "",
            "",
            "",
            _number(broker.rss_mib),
            broker.note.partition("\n")[0],
        ]
    )
    shown = f"{table(HEADERS, rows, paint, right=(2, 4, 5, 6, 7))}\n{paint.dim(_totals(status))}"
    return (
        f"{shown}\n{paint.sign('warn')} broken on purpose: {', '.join(faults)}; bankfed chaos list" if faults else shown
    )


def _last(bank: BankStatus) -> str:
    if bank.state in ("degraded", "suspect") and bank.note:
        return bank.note
    if not bank.restarts:
        return bank.said
    return f"{bank.said}; {bank.restarts} restart{'s' if bank.restarts > 1 else ''}"


def _totals(status: FederationStatus) -> str:
    ready = sum(bank.serves and bank.state != "suspect" for bank in status.banks)
    queue = sum(bank.outbox_pending or 0 for bank in status.banks)
    sizes = [size for size in (*(bank.rss_mib for bank in status.banks), status.broker.rss_mib) if size]
    words = [f"{ready} of {len(status.banks)} banks ready", f"{queue} waiting to be sent", f"{sum(sizes):.0f} MiB"]
    if status.none_running:
        words = ["nothing runs: bankfed up"]
    elif not status.running:
        words.append("their supervisor is gone: bankfed up or bankfed down puts it in order")
    return f"{', '.join(words)}; whether the money adds up: bankfed verify"


def environment(status: FederationStatus) -> str:
    variables = {
        "BANKFED_DATA": str(status.data),
        "BANKFED_WORLD": str(status.world),
        "BANKFED_FEDERATION_ID": status.federation_id,
        "BANKFED_KAFKA": status.broker.bootstrap,
        **{f"BANKFED_{bank.id}_URL": bank.url for bank in status.banks},
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def span(length_s: float | None) -> str:
    """`7 s`, `3 min`, `2 h`, `4 d`."""
    if length_s is None:
        return "–"
    for unit_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if length_s >= 2 * unit_s:
            return f"{length_s / unit_s:.0f} {unit}"
    return f"{length_s:.0f} s"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}" if isinstance(value, float) and value >= 10 else f"{value:g}"
