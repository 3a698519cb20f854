"""Measures the banks against yardsticks in the same run, and says which goals of ARCHITECTURE are met.

Each figure is a ratio of two medians over alternating rounds; the raw rounds are shown. A busy machine shows in them.
Exit code 0: all goals met and the books balance; 6: not.
"""

from __future__ import annotations

import click

from federation.bench.figure import BenchReport, Figure
from federation.cli.call import Answer, Call, verb
from federation.cli.show import Paint, table
from federation.failure import ExitCode

NAMES = ("store", "accept", "e2e", "latency", "recover", "launch", "pages", "dashboards", "sim")


@verb(
    ("bankfed bench store", "the ledger writer against raw sqlite3"),
    ("bankfed bench accept", "accepting over HTTP against a naive endpoint and a plain echo"),
    ("bankfed bench e2e", "the whole road over real Kafka"),
    ("bankfed bench recover", "a bank that was down catches up"),
    ("bankfed bench launch --banks 10", "an idle bank's CPU and memory"),
    ("bankfed bench pages", "every page with a million entries behind it"),
    ("bankfed bench dashboards", "fifty open pages, and what they cost their bank"),
    ("bankfed bench sim", "simulated histories a minute"),
)
@click.argument("name", type=click.Choice(NAMES))
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Rounds of each side.")
@click.option("--banks", type=click.IntRange(1, 100), default=None, help="Of the federation that `launch` starts.")
def command(call: Call, *, name: str, rounds: int, banks: int | None) -> Answer:
    from federation.bench import run

    report = run(name, rounds, call.progress, banks)
    return Answer(report.as_json(), words(report, call.paint), ExitCode.OK if report.passed else ExitCode.LAW_BROKEN)


def words(report: BenchReport, paint: Paint) -> str:
    rows = [_row(figure, paint) for figure in report.figures]
    lines = [table(("", "figure", "median", "yardstick", "ratio", "goal"), rows, paint, right=(2, 3, 4))]
    lines += [f"{figure.id}: {figure.says} ({figure.unit})" for figure in report.figures]
    sign = paint.sign("ok" if report.conserved else "bad")
    lines.append(f"{report.cpu_seconds:.1f} CPU seconds, {report.errors} errors; {sign} conservation of money")
    return "\n".join([*lines, *report.notes])


def _row(figure: Figure, paint: Paint) -> list[str]:
    sign = paint.sign("ok" if figure.met else "bad")
    ratio = f"{figure.ratio:.3g}"
    return [sign, figure.id, f"{figure.median:,.4g}", f"{figure.yardstick_median:,.4g}", ratio, str(figure.goal)]
