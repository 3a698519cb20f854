"""Starts the federation: one broker and N banks, and prints where they are and how to sign in.

On an existing data folder it goes on where it was; when everything runs already it says so. It returns when all is
ready (exit code 4 if that takes too long, with the last words of what did not come up); --foreground stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from federation.cli.call import Answer, Call, verb
from federation.failure import ExitCode, Failure


@verb(
    ("bankfed up", "three banks on Apache Kafka"),
    ("bankfed up -n 5", "five; an existing federation may grow"),
    ("bankfed up --data two", "another federation beside the first"),
    ("bankfed up --broker kafka.school:9092", "on a Kafka that somebody else runs"),
    ("bankfed up --fresh --seed 7", "delete the old data, start another world"),
)
@click.option("-n", "--banks", type=int, default=None, metavar="N", help="How many banks. [default: 3]")
@click.option("--broker", default=None, metavar="KIND", help="kafka, docker or HOST:PORT,… [default: kafka]")
@click.option("--brokers", type=int, default=None, metavar="1|3", help="Nodes of the broker. [default: 1]")
@click.option("--seed", type=int, default=None, help="The world's seed. [default: 42]")
@click.option("--fresh", is_flag=True, help="Delete this federation's data first.")
@click.option("--port-base", type=int, default=None, metavar="P", help="Console at P, banks from P+1. [default: 8000]")
@click.option("--any-port", is_flag=True, help="Take any free ports.")
@click.option(
    "--strict-ports", is_flag=True, help="Exit with code 5 where a port is taken, instead of taking the next."
)
@click.option("--lab", is_flag=True, default=None, help="To break things: failpoints, and a door per bank to Kafka.")
@click.option(
    "--advertise",
    multiple=True,
    metavar="BANK=HOST:PORT",
    help="With --lab: what that bank's listener tells it to call (a proxy). Repeatable.",
)
@click.option("--wait/--no-wait", default=True, help="Return when ready, or as soon as it is under way.")
@click.option("--timeout", type=float, default=60.0, show_default=True, metavar="SECONDS", help="How long to wait.")
@click.option("--foreground", is_flag=True, help="Stay; Ctrl-C stops in order, twice at once.")
def command(
    call: Call,
    *,
    banks: int | None,
    broker: str | None,
    brokers: int | None,
    seed: int | None,
    fresh: bool,
    port_base: int | None,
    any_port: bool,
    strict_ports: bool,
    lab: bool | None,
    advertise: Sequence[str],
    wait: bool,
    timeout: float,
    foreground: bool,
) -> Answer:
    from federation.folder import Folder
    from federation.launcher.plan import Wish
    from federation.launcher.starting import start, stay, wait_ready
    from federation.launcher.status import look

    wish = Wish(banks, seed, broker, brokers, lab or None, addresses(advertise), port_base, any_port, strict_ports)
    folder = Folder(call.data)
    started = start(folder, wish, call.ticks, fresh, attached=foreground)
    status = wait_ready(folder, call.ticks, timeout) if wait else look(folder)
    if started.already:
        status = status.found_running()
    answer = _answer(call, status)
    if foreground:
        call.give(answer)
        click.get_current_context().exit(stay(started, call.ticks))
    return answer


def _answer(call: Call, status: object) -> Answer:
    from federation.cli.ready_table import ready_table
    from federation.launcher.status import FederationStatus
    from federation.roster import read_roster

    assert isinstance(status, FederationStatus)
    text = "" if call.as_json else ready_table(status, read_roster(call.data), call.paint, call.on_terminal)
    return Answer({"already_running": status.already, **status.as_json()}, text)


def addresses(given: Sequence[str]) -> dict[str, str]:
    """`ALFA=127.0.0.1:19201` as a pair; raises Failure for anything else."""
    found = {}
    for item in given:
        bank, _, address = item.partition("=")
        host, _, port = address.rpartition(":")
        if not (bank and host and port.isdigit()):
            raise Failure(
                f"--advertise {item} is not BANK=HOST:PORT", do="--advertise ALFA=127.0.0.1:19201", code=ExitCode.USAGE
            )
        found[bank.upper()] = address
    return found
