"""`bankfed grade` of many: a class, the matrix of bundled submissions, a soak. What they do is in `grading.course`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from federation.cli.call import Answer, Call
from federation.cli.show import table
from federation.failure import ExitCode, Failure

if TYPE_CHECKING:
    from federation.cli.grade import Options
    from federation.grading.course.matrix import Cell
    from federation.grading.course.soak import Tally
    from federation.grading.reports.classbook import Pupil

ROOM = "grades"
CELLS = "cells.jsonl"
SLOW = 4  # times as long as a profile may take: then its grader is ended


def whole_class(call: Call, folder: Path, options: Options) -> Answer:
    from federation.grading.course.profiles import profile
    from federation.grading.course.school import grade_all, grader_of, submissions
    from federation.grading.reports.classbook import write_class

    handed_in = submissions(folder.expanduser().absolute())
    out = options.out or call.data / ROOM / f"class-{folder.resolve().name}"
    out.mkdir(parents=True, exist_ok=True)
    command = grader_of(options.profile, options.seed, call.data)
    rows: list[Pupil] = []
    seconds_max = SLOW * profile(options.profile).seconds_max
    for row in grade_all(handed_in, out, command, seconds_max, options.profile, options.seed):
        rows.append(row)
        call.progress(f"{len(rows)} of {len(handed_in)}: {row.folder} {row.shown_score}  {row.sentence[:100]}")
        page = write_class(rows, out, folder.resolve().name)
    shown = [[row.folder, row.shown_score, f"{row.held} of {row.scenarios}", row.sentence[:80]] for row in rows]
    ungraded = sum(row.score is None for row in rows)
    text = f"{table(('submission', 'score', 'held', ''), shown, call.paint, (1,))}\n\n{page}"
    fields = {
        "page": str(page),
        "submissions": [
            {"folder": row.folder, "score": row.score, "exit": row.exit_code, "sentence": row.sentence} for row in rows
        ],
    }
    return Answer(fields, text, ExitCode.GRADER_ERROR if ungraded else ExitCode.OK)


def matrix(call: Call, names: tuple[str, ...], options: Options) -> Answer:
    from federation.grading.course.matrix import play, rows, wanted

    out = options.out or call.data / ROOM / "matrix"
    played: list[Cell] = []
    wishes = wanted(names, options.scenario, options.runs)
    for cell in play(wishes, out / CELLS, out / "cells", lambda cell: call.progress(_cell(cell, call))):
        played.append(cell)
    wrong = [cell for cell in played if not cell.is_right]
    text = table(("submission", "scenario", "right", "found by"), [list(row) for row in rows(played)], call.paint)
    said = f"{len(played) - len(wrong)} of {len(played)} came out as they must."
    told = [f"{cell.submission} {cell.scenario} seed {cell.seed}: {cell.verdict}, {cell.sentence}" for cell in wrong]
    fields = {
        "cells": len(played),
        "wrong": [{"submission": c.submission, "scenario": c.scenario, "seed": c.seed} for c in wrong],
        "rows": [dict(zip(("submission", "scenario", "right", "checkers"), row, strict=True)) for row in rows(played)],
    }
    return Answer(fields, "\n".join([text, "", *told, said]), ExitCode.LAW_BROKEN if wrong else ExitCode.OK)


def soaked(call: Call, names: tuple[str, ...], options: Options) -> Answer:
    import time

    from federation.cli.grade import folder_of, line
    from federation.grading.course.grading import Told, Wish
    from federation.grading.course.profiles import COURSE
    from federation.grading.course.soak import Until, soak

    if options.minutes is None and options.transfers is None:
        raise Failure("for how long?", do="bankfed grade soak --for 60, or --transfers 100000", code=ExitCode.USAGE)
    given = names[0] if names else "reference"
    out = options.out or call.data / ROOM / f"soak-{time.strftime('%Y%m%d-%H%M%S')}"
    wish = Wish(folder_of(given), given, COURSE, out, options.seed)
    until = Until(None if options.minutes is None else options.minutes * 60, options.transfers)

    def heard(tally: Tally) -> None:
        call.progress(f"  {_counted(tally)}")
        (out / "tally.json").write_text(json.dumps(_as_json(tally), indent=1) + "\n", encoding="utf-8")

    out.mkdir(parents=True, exist_ok=True)
    tally = soak(wish, until, Told(call.progress, lambda run: call.progress(line(run, call))), heard)
    verdict = f"0 lost, 0 doubled, 0 cents: {_counted(tally)}" if tally.is_clean else _counted(tally)
    found = [f"{call.paint.sign('bad')} {run.scenario}: {run.result.sentence}" for run in tally.found]
    text = "\n".join([*found, verdict, f"evidence: {out}"])
    return Answer(_as_json(tally), text, ExitCode.OK if tally.is_clean else ExitCode.LAW_BROKEN)


def _cell(cell: Cell, call: Call) -> str:
    sign = call.paint.sign("ok" if cell.is_right else "bad")
    found = f" ({' '.join(cell.checkers)})" if cell.checkers else ""
    return f"{sign} {cell.submission} {cell.scenario} seed {cell.seed}: {cell.verdict}{found}, {cell.seconds:.0f} s"


def _counted(tally: Tally) -> str:
    counts = tally.counts
    return (
        f"{counts.transfers:,} transfers, {counts.faults:,} faults and {counts.kills:,} kills in {tally.seconds:.0f} s "
        f"and {tally.rounds} scenarios, {counts.foundings} federations; {tally.lost} lost, {tally.doubled} doubled, "
        f"{tally.cents} cents"
    )


def _as_json(tally: Tally) -> dict[str, object]:
    return {
        **tally.counts.as_json(),
        "scenarios_played": tally.rounds,
        "seconds": round(tally.seconds, 1),
        "lost": tally.lost,
        "doubled": tally.doubled,
        "cents": tally.cents,
        "not_exercised": tally.not_exercised,
        "found": [run.as_json() for run in tally.found],
    }
