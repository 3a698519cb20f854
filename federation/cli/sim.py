"""Plays histories of the real core on a virtual clock and a lying broker, and judges them after every commit.

A seed is a plan of what people want and of what goes wrong; the same seed is the same history everywhere. A plan that
breaks a law is shrunk to the steps that it takes. Exit code 0: every law held (with --mutant: it was caught); 6: not.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from federation.cli.call import Answer, Call, verb
from federation.cli.show import Paint, table
from federation.failure import ExitCode, Failure

if TYPE_CHECKING:
    from federation.simulation.hunting import Catch
    from federation.simulation.plan import Plan
    from federation.simulation.summary import Summary
    from federation.simulation.workers import Wish

ROOM = "simulation"  # in the data folder
BAR = 30
ALL = "all"  # mutants


class Seeds(click.ParamType[range]):
    """A..B: from A, before B."""

    name = "A..B"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> range:
        if isinstance(value, range):
            return value
        found = re.fullmatch(r"(\d{1,12})\.\.(\d{1,12})", str(value))
        if not found or int(found[1]) >= int(found[2]):
            self.fail(f"{value!r} is no range of seeds; write 0..2000 for 2,000 of them", param, ctx)
        return range(int(found[1]), int(found[2]))


@verb(
    ("bankfed sim --seeds 0..2000", "two thousand histories on all cores"),
    ("bankfed sim --seed 812 --trace", "one history, line by line, with a picture"),
    ("bankfed sim --plan plan.json", "a plan that was written down"),
    ("bankfed sim --mutant m01", "plant a bug, and see whether it is caught"),
    ("bankfed sim --mutant all", "plant each of them by itself, and say which seed catches it"),
    ("bankfed sim --seed 812 --on-kafka", "the same on real processes, as far as it can be"),
)
@click.option("--seeds", type=Seeds(), default=None, help="From A, before B.  [default: 0..200]")
@click.option("--seed", type=click.IntRange(min=0), default=None, help="One seed.")
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), default=None, help="Play the plan in this file.")
@click.option("--banks", type=click.IntRange(2, 8), default=3, show_default=True)
@click.option("--steps", type=click.IntRange(min=1), default=None, help="Only so many steps of each plan.")
@click.option("--trace", is_flag=True, help="With --seed or --plan: what happened, and an SVG in the data folder.")
@click.option("--on-kafka", is_flag=True, help="With --seed or --plan: on real processes too; the balances agree.")
@click.option("--shrink/--no-shrink", default=True, show_default=True, help="Shrink what failed.")
@click.option("--mutant", default="", help="Plant this bug, or all in turn; exit code 0: caught.")
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Processes.  [default: one for each core]")
def command(
    call: Call,
    *,
    seeds: range | None,
    seed: int | None,
    plan_file: Path | None,
    banks: int,
    steps: int | None,
    trace: bool,
    on_kafka: bool,
    shrink: bool,
    mutant: str,
    jobs: int | None,
) -> Answer:
    from federation.simulation import run
    from federation.simulation.workers import Wish

    _check(seeds, seed, plan_file, trace or on_kafka, mutant)
    if mutant == ALL:
        return _hunted(call, seeds or range(200), jobs or 0)
    plans = [_read_plan(plan_file)] if plan_file else []
    one = range(0) if plans else range(seed, seed + 1) if seed is not None else None
    wish = Wish(one if one is not None else seeds or range(200), banks, steps, plans, mutant, jobs or 0)
    if trace or on_kafka:
        plan = plans[0] if plans else wish.plan(wish.seeds[0])
        return _traced(call, plan, mutant) if trace else _cross_checked(call, plan)
    kept = call.data / ROOM / "failing_seeds.json"
    summary = run.play_here(wish) if one is not None else _play(call, wish if mutant else run.with_kept(wish, kept))
    if shrink and not summary.interrupted:
        run.shrink_failures(summary, mutant, call.ticks.running)
    if not mutant and not plans:
        run.keep_failures(summary, kept)
    good = not summary.lawful if mutant else summary.lawful and summary.enough_branches
    code = ExitCode.OK if good else ExitCode.LAW_BROKEN
    code = ExitCode.INTERRUPTED if summary.interrupted else code
    return Answer(summary.as_json(), words(summary, call.paint, mutant), code)


def _check(seeds: range | None, seed: int | None, plan: Path | None, of_one: bool, mutant: str) -> None:
    from federation.simulation.mutants import MUTANTS

    if sum(given is not None for given in (seeds, seed, plan)) > 1:
        raise Failure("--seeds, --seed and --plan are three ways to say what is played; give one", code=ExitCode.USAGE)
    if of_one and seed is None and plan is None:
        raise Failure("that is for one history", do="bankfed sim --seed 812 --trace", code=ExitCode.USAGE)
    if mutant == ALL and (of_one or seed is not None or plan is not None):
        raise Failure("all mutants are hunted over a range of seeds", code=ExitCode.USAGE)
    if mutant and mutant not in (*MUTANTS, ALL):
        raise Failure(f"there is no mutant {mutant!r}", why=f"there are {', '.join(MUTANTS)}", code=ExitCode.USAGE)


def _read_plan(file: Path) -> Plan:
    from federation.simulation.plan import read_plan

    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return read_plan(said.get("plan", said))
    except (OSError, ValueError, AttributeError) as error:
        raise Failure(f"{file} can not be read", why=str(error), code=ExitCode.USAGE) from error


def _play(call: Call, wish: Wish) -> Summary:
    from federation.simulation.run import run

    whole = len(wish.seeds) + len(wish.plans)

    def told(summary: Summary) -> None:
        done = summary.total.histories
        bar = ("█" * (BAR * done // whole)).ljust(BAR, "·") if whole else ""
        bad = f", {len(summary.total.failed)} broke a law" if summary.total.failed else ""
        call.ticks.running(f"{bar} {done:,} of {whole:,}, {summary.per_minute:,.0f} a minute{bad}")

    return run(wish, told)


def _hunted(call: Call, seeds: range, jobs: int) -> Answer:
    """Each mutant, the first seed that catches it, and what its plan shrinks to."""
    from federation.simulation.hunting import as_json, hunt_all
    from federation.simulation.mutants import MUTANTS

    found: dict[str, Catch | None] = {}
    for name, catch in hunt_all(seeds=seeds, jobs=jobs):
        found[name] = catch
        call.ticks.running(f"{name}: {f'caught by seed {catch.seed}' if catch else 'not caught'}")
    free = [name for name, catch in found.items() if catch is None]
    rows = [
        [name, MUTANTS[name].replace("_", " "), *(_caught(catch) if catch else ("not caught", "", "", ""))]
        for name, catch in found.items()
    ]
    head = ("mutant", "planted bug", "seed", "law", "steps", "seconds")
    said = (call.paint.red if free else call.paint.green)(
        f"{len(found) - len(free)} of {len(found)} mutants were caught."
    )
    fields = {"caught": as_json(found), "not_caught": free, "mutants": len(found)}
    code = ExitCode.LAW_BROKEN if free else ExitCode.OK
    return Answer(fields, f"{table(head, rows, call.paint, (2, 4, 5))}\n\n{said}", code)


def _caught(catch: Catch) -> tuple[str, ...]:
    return str(catch.seed), catch.law, str(catch.steps), f"{catch.seconds:.1f}"


def _traced(call: Call, plan: Plan, mutant: str) -> Answer:
    from federation.simulation.picture import picture
    from federation.simulation.trace import Trace
    from federation.simulation.workers import be_quiet, play_safely

    trace = Trace()
    with be_quiet():
        history = play_safely(plan, trace, mutant)
    file = call.data / ROOM / f"seed-{plan.seed}.svg"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_text(picture(plan, trace), encoding="utf-8")
    lines = [*(str(step) for step in plan.steps), "", *trace.listing(), "", f"picture: {file}"]
    lines += [call.paint.red(f"{broken.law} broken: {broken.sentence}") for broken in history.violations]
    fields = {
        "seed": plan.seed,
        "plan": plan.as_json(),
        "violations": [{"law": broken.law, "sentence": broken.sentence} for broken in history.violations],
        "trace": trace.listing(),
        "trace_hash": trace.digest(),
        "picture": str(file),
    }
    good = bool(history.violations) == bool(mutant)
    return Answer(fields, "\n".join(lines), ExitCode.OK if good else ExitCode.LAW_BROKEN)


def _cross_checked(call: Call, plan: Plan) -> Answer:
    from tempfile import TemporaryDirectory

    from federation.simulation.on_kafka import cross_check
    from federation.simulation.workers import be_quiet

    with TemporaryDirectory(prefix="bankfed-sim-") as folder, be_quiet():
        found = cross_check(plan, Path(folder), call.ticks)
    moved = [
        [f"{bank} {account}", f"{minor:,}", f"{found.real[bank, account]:,}"]
        for (bank, account), minor in found.simulated.items()
    ]
    verdict = "the same, and lawful" if found.agrees else "NOT THE SAME" if found.lawful else "UNLAWFUL"
    told = [table(("account", "simulated", "real"), moved, call.paint, (1, 2)), f"On real Kafka: {verdict}."]
    fields = {
        "seed": plan.seed,
        "agrees": found.agrees,
        "lawful": found.lawful,
        "differences": found.differences,
        "plan": found.plan.as_json(),
    }
    return Answer(fields, "\n".join(told), ExitCode.OK if found.agrees else ExitCode.LAW_BROKEN)


def words(summary: Summary, paint: Paint, mutant: str = "") -> str:
    """What a run came to."""
    total = summary.total
    parts = [
        f"{total.histories:,} histories, {total.transfers:,} transfers, {total.faults.total():,} faults and"
        f" {total.crashes.total():,} crashes at failpoints, in {summary.seconds:.1f} s"
        f" ({summary.per_minute:,.0f} histories a minute)",
        table(("fault", "times"), [[name, f"{times:,}"] for name, times in total.faults.most_common()], paint, (1,)),
        table(("failpoint", "crashes"), [[n, f"{t:,}"] for n, t in sorted(total.crashes.items())], paint, (1,)),
        _branches(summary, paint),
        *(_violation(summary, number, paint) for number in range(len(total.failed))),
        paint.red("Interrupted: the others were not played.") if summary.interrupted else "",
        _verdict(summary, paint, mutant),
    ]
    return "\n\n".join(part for part in parts if part)


def _branches(summary: Summary, paint: Paint) -> str:
    from federation.simulation.tables import ALL

    never = summary.never_reached
    sign = paint.sign("ok" if not never else "warn" if summary.enough_branches else "bad")
    lines = [f"{sign} {len(ALL) - len(never)} of {len(ALL)} rows of the protocol's tables reached"]
    return "\n".join([*lines, *(f"    never {name}: {ALL[name]}" for name in never)])


def _violation(summary: Summary, number: int, paint: Paint) -> str:
    history, shrunk = summary.total.failed[number], summary.shrunk.get(number)
    first = (shrunk.history if shrunk else history).violations[0]
    lines = [f"{paint.sign('bad')} seed {history.plan.seed}: {first.law} broken: {first.sentence}"]
    if shrunk:
        steps = len(shrunk.plan.steps)
        lines.append(f"    shrunk to {steps} steps in {shrunk.runs} runs and {shrunk.seconds:.1f} s:")
        lines += [f"    {step}" for step in shrunk.plan.steps]
    return "\n".join(lines)


def _verdict(summary: Summary, paint: Paint, mutant: str) -> str:
    if mutant:
        caught = f"{mutant} was caught." if not summary.lawful else f"{mutant} was not caught: a hole in the plans."
        return paint.green(caught) if not summary.lawful else paint.red(caught)
    if summary.lawful:
        return paint.green(paint.bold("No law was broken."))
    return paint.red(paint.bold(f"{len(summary.total.failed)} histories broke a law."))
