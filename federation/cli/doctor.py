"""Looks at this machine and this federation, and says for each trouble the command that mends it.

✓ in order, ! may wait, ✗ must be mended, – does not concern this machine. Exit code 3 if anything must be mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from federation.checkup.finding import Check, Finding, examine
from federation.cli.call import Answer, Call, verb
from federation.cli.show import Paint, pad, width
from federation.failure import ExitCode


@verb(
    ("bankfed doctor", "everything in order?"),
    ("bankfed doctor --json", "for a bug report"),
)
def command(call: Call) -> Answer:
    findings = list(examine(checks(call.data)))
    bad = [finding for finding in findings if finding.level == "bad"]
    fields = {"findings": [{"level": f.level, "about": f.about, "detail": f.detail, "fix": f.fix} for f in findings]}
    verdict = f"{len(bad)} to mend." if bad else "Nothing must be mended."
    text = f"{_list(findings, call.paint)}\n\n{call.paint.bold(verdict)}"
    return Answer(fields, text, ExitCode.NOT_RUNNING if bad else ExitCode.OK)


def checks(data: Path) -> Iterator[tuple[str, Check]]:
    from federation.checkup import machine, running

    yield "Python", machine.python
    yield "folder", lambda: machine.folder(data)
    yield "SQLite", lambda: machine.sqlite(data)
    yield "Java", machine.java
    yield "Docker", machine.docker
    yield "assets", running.assets
    yield "federation", lambda: running.federation(data)


def _list(findings: list[Finding], paint: Paint) -> str:
    """A line each; under what is not in order, the command that mends it."""
    column = max((width(finding.about) for finding in findings), default=0)
    lines = []
    for finding in findings:
        lines.append(f"{paint.sign(finding.level)} {pad(finding.about, column)}  {finding.detail}")
        if finding.fix and finding.level != "ok":
            lines.append(f"  {' ' * column}  → {paint.bold(finding.fix)}")
    return "\n".join(lines)
