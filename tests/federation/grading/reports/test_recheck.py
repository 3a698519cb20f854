"""Evidence judged again: the same verdict and score; what was changed, planted or bent is told in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from federation.failure import ExitCode, Failure
from federation.grading.blame import Blame, Blamed
from federation.grading.bundle import HISTORY, SEEN, write_bundle
from federation.grading.checkers.finding import Finding
from federation.grading.course.outcome import Outcome, Run
from federation.grading.evidence import InjectedLoss
from federation.grading.history_file import write_events
from federation.grading.plan import Plan
from federation.grading.reports.filing import write_reports
from federation.grading.reports.recheck import VERDICT, recheck, seal
from federation.grading.score import Result
from tests.federation.grading.checkers.broken_days import DAYS
from tests.federation.grading.test_bundle import events_of
from tests.support.graded_run import TOWN, Story, a_good_day
from tests.support.outcomes import credited_twice, outcome_of, passed, run_of


def a_run(folder: Path, **stories: Story) -> Outcome:
    """Two federations: on the first a scenario that held and one with this story, on the second one that held."""
    runs: list[Run] = []
    for place, (scenario, story) in enumerate((*stories.items(), ("N9", a_good_day()))):
        bundle = folder / "evidence" / f"short-{place + 1}"
        bundle.mkdir(parents=True)
        told = replace(run_of(scenario, story), bundle=bundle)
        assert told.evidence is not None
        write_events(bundle / HISTORY, events_of(told.evidence.history.calls))
        write_bundle(bundle, Plan(7, TOWN, ()), told.evidence)
        runs += [replace(passed("A2"), bundle=bundle)] * (place == 0) + [told]
    return outcome_of(tuple(runs), folder=folder)


def filed(folder: Path, **stories: Story) -> Outcome:
    outcome = a_run(folder, **stories)
    write_reports(outcome, folder)
    return outcome


def broken(checker: str) -> Story:
    story = a_good_day()
    DAYS[checker][0](story)
    story.more.setdefault("losses", (InjectedLoss(77, 0, 1, "tail cut"),))
    return story


@pytest.mark.parametrize("checker", DAYS)
def test_each_way_to_fail_is_found_again(tmp_path: Path, checker: str) -> None:
    outcome = filed(tmp_path, W4=broken(checker))
    again = recheck(tmp_path)
    assert again.score is not None
    assert again.score.total == outcome.score.total
    assert again.score.first_line == outcome.score.first_line
    assert sorted((one.scenario, one.verdict) for one in again.results) == sorted(
        (run.scenario, run.result.verdict) for run in outcome.runs
    )
    assert again.findings > 0


def test_a_bundle_alone_is_judged_too(tmp_path: Path) -> None:
    filed(tmp_path, W4=credited_twice())
    again = recheck(tmp_path / "evidence" / "short-1")
    assert [(one.scenario, one.verdict) for one in again.results] == [("A2", "pass"), ("W4", "unsafe")]
    assert again.score is None


def test_what_custody_said_is_believed(tmp_path: Path) -> None:
    outcome = a_run(tmp_path, W4=a_good_day())
    found = Blamed(Finding("custody", "BRVO ended by itself.", "a process that stays", "it did not"), Blame.NODE)
    runs = tuple(replace(run, result=Result("W4", (found,))) if run.scenario == "W4" else run for run in outcome.runs)
    write_reports(outcome_of(runs, folder=tmp_path), tmp_path)
    again = recheck(tmp_path)
    assert again.on_trust == ("BRVO ended by itself.",)


def test_what_a_scenario_itself_asked_for_is_believed(tmp_path: Path) -> None:
    outcome = a_run(tmp_path, N29b=a_good_day())
    late = Blamed(Finding("N29b", "61 s after it began 3 were not final.", "all", "3 not", weight="late"), Blame.NODE)
    runs = tuple(
        replace(run, result=Result("N29b", (late,))) if run.scenario == "N29b" else run for run in outcome.runs
    )
    write_reports(outcome_of(runs, folder=tmp_path), tmp_path)
    assert recheck(tmp_path).on_trust == ("61 s after it began 3 were not final.",)
    assert "What this scenario itself asks for." in (tmp_path / "report.html").read_text(encoding="utf-8")


def changed(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        file = folder / "evidence" / "short-1" / name
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")

    return act


def sealed_again(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """A careful hand: the seal fits what was changed."""

    def act(folder: Path) -> None:
        bundle = folder / "evidence" / "short-1"
        said = json.loads((bundle / VERDICT).read_text(encoding="utf-8"))
        change(said)
        (bundle / VERDICT).write_text(json.dumps(said), encoding="utf-8")

    return act


def nothing_was_found(said: dict[str, Any]) -> None:
    for run in said["runs"]:
        run["findings"] = []


def something_else_was_found(said: dict[str, Any]) -> None:
    planted = {"checker": "Q02", "sentence": "overdrawn", "expected": "", "seen": "", "transfers": [], "cents": 0}
    said["runs"][0]["findings"] = [planted | {"weight": "unsafe", "blame": "node", "why": ""}]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (changed(HISTORY, lambda text: text.replace('"t17"', '"t18"')), "history.jsonl"),
        (changed(SEEN, lambda text: text + " "), "seen.json"),
        (lambda folder: (folder / "evidence/short-1/topic.jsonl").unlink(), "topic.jsonl"),
        (sealed_again(nothing_was_found), "nobody told then: "),
        (sealed_again(something_else_was_found), "it does not show any more: overdrawn"),
        (sealed_again(lambda said: said["runs"].pop()), "nobody told then: "),
    ],
)
def test_what_was_changed_is_told(tmp_path: Path, act: Callable[[Path], None], words: str) -> None:
    filed(tmp_path, W4=credited_twice())
    act(tmp_path)
    with pytest.raises(Failure) as caught:
        recheck(tmp_path)
    assert words in f"{caught.value.what} {caught.value.why}"
    assert caught.value.code == ExitCode.LAW_BROKEN


def test_a_better_score_than_the_evidence_gives_is_told(tmp_path: Path) -> None:
    filed(tmp_path, W4=credited_twice())
    said = json.loads((tmp_path / "outcome.json").read_text(encoding="utf-8"))
    (tmp_path / "outcome.json").write_text(json.dumps(said | {"score": 100.0, "cap": None}), encoding="utf-8")
    with pytest.raises(Failure, match="another verdict") as caught:
        recheck(tmp_path)
    assert caught.value.why == f"the score was 100.0, and is {said['score']}"


def test_evidence_that_is_missing_is_told(tmp_path: Path) -> None:
    filed(tmp_path, W4=credited_twice())
    (tmp_path / "evidence" / "short-2").rename(tmp_path / "gone")
    with pytest.raises(Failure, match="another verdict") as caught:
        recheck(tmp_path)
    assert "there is no evidence any more of N9" in caught.value.why


def test_where_the_grader_came_to_grief_there_is_no_evidence_and_none_is_missed(tmp_path: Path) -> None:
    outcome = a_run(tmp_path, W4=credited_twice())
    grief = replace(passed("N28"), result=Result("N28", exercised=False, proof="The grader came to grief: no topic"))
    runs = (*outcome.runs, replace(grief, bundle=tmp_path / "evidence" / "short-9"))
    write_reports(outcome_of(runs, folder=tmp_path), tmp_path)
    assert recheck(tmp_path).on_trust == ("The grader came to grief: no topic",)


@pytest.mark.parametrize(
    ("name", "bytes_"),
    [
        (VERDICT, b""),
        (VERDICT, b"[" * 100_000),
        (VERDICT, b'{"runs": 3, "files": {}}'),
        (VERDICT, b'{"runs": [{"id": 1}], "files": null}'),
        (VERDICT, b"\xff\xfe\x00"),
        (SEEN, b"\x00"),
        ("outcome.json", b"{}"),
        ("outcome.json", b'{"runs": [7], "not_tried": 1, "gate": 1}'),
    ],
)
def test_planted_bytes_are_an_error_in_words(tmp_path: Path, name: str, bytes_: bytes) -> None:
    filed(tmp_path, W4=credited_twice())
    file = tmp_path / name if name == "outcome.json" else tmp_path / "evidence" / "short-1" / name
    file.write_bytes(bytes_)
    with pytest.raises(Failure) as caught:
        recheck(tmp_path)
    assert caught.value.why


@pytest.mark.parametrize(
    "line",
    [
        '{"answer": {"lines": [7]}, "event": "ok", "http": 200}',
        '{"answer": {"balance_minor": "much"}, "event": "ok", "http": 200}',
        '{"answer": 5, "event": "ok", "http": "x"}',
    ],
)
def test_a_bent_history_under_a_good_seal_is_an_error_in_words(tmp_path: Path, line: str) -> None:
    outcome = filed(tmp_path, W4=credited_twice())
    history = tmp_path / "evidence" / "short-1" / HISTORY
    lines = history.read_text(encoding="utf-8").splitlines()
    bent = [json.dumps(json.loads(one) | json.loads(line)) if '"ok"' in one else one for one in lines]
    history.write_text("\n".join(bent) + "\n", encoding="utf-8")
    seal(outcome)
    with pytest.raises(Failure):
        recheck(tmp_path)


def test_a_folder_that_is_none_is_told_so(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Failure, match="is no evidence of a graded run") as caught:
            recheck(folder)
        assert caught.value.code == ExitCode.USAGE
