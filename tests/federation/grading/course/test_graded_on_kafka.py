"""A few scenarios on real processes and a real Kafka of the grader's own: a verdict, its evidence, and nothing left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from federation.grading.course.grading import Told, Wish, grade, home
from federation.grading.course.outcome import Outcome
from federation.grading.course.profiles import SMOKE
from federation.grading.course.school import keep
from federation.grading.ground.brokers import Brokers
from federation.grading.reports.classbook import pupil
from federation.grading.reports.filing import REPORT, write_reports
from federation.grading.reports.recheck import recheck
from federation.grading.score import PASS
from federation.grading.submissions import folder_of

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def brokers() -> Iterator[Brokers]:
    with Brokers(home()) as kept:
        yield kept


def graded(name: str, scenarios: tuple[str, ...], out: Path, brokers: Brokers, *, gate: bool = True) -> Outcome:
    folder = folder_of(name)
    assert folder is not None
    return grade(Wish(folder, name, replace(SMOKE, scenarios=scenarios), out, 1, gate=gate), Told(), brokers)


def test_the_reference_holds_and_its_evidence_comes_to_the_same_again(tmp_path: Path, brokers: Brokers) -> None:
    outcome = graded("reference", ("A2", "F1"), tmp_path, brokers)
    assert [run.result.verdict for run in outcome.runs] == [PASS, PASS], outcome.as_json()
    assert (float(outcome.score.total), outcome.counts.foundings) == (100.0, 1)
    assert [step.complaint for step in outcome.gate_steps if step.complaint] == []
    assert write_reports(outcome, tmp_path) == tmp_path / REPORT
    keep(pupil("reference", outcome), tmp_path)
    again = recheck(tmp_path)
    assert again.score is not None
    assert [result.verdict for result in again.results] == [PASS, PASS]
    owners = [json.loads(file.read_text().splitlines()[0])["owner"] for file in home().glob("*.custody")]
    assert os.getpid() not in [owner["pid"] for owner in owners]


def test_a_planted_bug_costs_its_scenario_and_the_next_one_begins_anew(tmp_path: Path, brokers: Brokers) -> None:
    outcome = graded("m28", ("A2", "F2", "F1"), tmp_path, brokers, gate=False)
    held, fell, after = outcome.runs
    assert held.result.verdict == after.result.verdict == PASS, outcome.as_json()
    assert "Q12" in {one.finding.checker for one in fell.result.against_the_node}
    assert outcome.counts.foundings == 2
    assert held.bundle == fell.bundle != after.bundle
    write_reports(outcome, tmp_path)
    assert [result.verdict for result in recheck(tmp_path).results] == [run.result.verdict for run in outcome.runs]


def test_a_grader_that_is_killed_takes_broker_and_banks_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "federation.cli", "grade", "reference", "--scenario", "A1", "--out", str(tmp_path)]
    with (tmp_path / "log").open("wb") as log:
        grader = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        ended = _own_of(grader.pid)
        os.kill(grader.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(ended, 60)
        assert alive == []
    finally:
        if grader.poll() is None:
            grader.kill()
        grader.wait()


def _own_of(pid: int) -> list[psutil.Process]:
    """All that came of it, as soon as a bank runs."""
    until = time.monotonic() + 240
    while time.monotonic() < until:
        children = psutil.Process(pid).children(recursive=True)
        if any("keeper" in " ".join(_words(child)) for child in children):
            return children
        time.sleep(0.1)
    raise AssertionError("no bank was ever started")


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
