"""results.json, Classroom's JSON and junit.xml: the shapes their readers know, and the same score in each of them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from federation.grading.course.outcome import Outcome
from federation.grading.reports import filing
from federation.grading.reports.classroom import classroom, encoded
from federation.grading.reports.filing import write_reports
from federation.grading.reports.gradescope import gradescope
from federation.grading.reports.junit import junit
from federation.grading.score import Gate, Result, score
from tests.support.outcomes import an_outcome, at_the_gate, credited_twice, outcome_of, passed

EVIL = "<b>&]]>\x00\x1b[31m\ud800\uffff"
# elements and attributes of junit-10.xsd (Jenkins' xUnit plugin) that are of any use here; "!" is required
SCHEMA: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors"}),
    "testsuite": ({"testcase", "properties"}, {"name!", "tests!", "failures!", "errors!", "skipped", "time"}),
    "testcase": ({"skipped", "error", "failure", "system-out"}, {"name!", "time", "classname", "group"}),
    "failure": (set(), {"type", "message"}),
    "skipped": (set(), {"type", "message"}),
}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}

OUTCOMES = {
    "perfect": an_outcome(),
    "capped": an_outcome({"W4": credited_twice()}),
    "rescaled": an_outcome(lacks=("database", "clock_offset")),
    "gate": at_the_gate(),
    "diagnosis": replace(outcome_of((passed("N30"),)), score=score([passed("N30").result], profile=("N30",))),
    "not exercised": outcome_of((replace(passed("N1"), result=Result("N1", exercised=False, proof="nobody sent")),)),
}
ANY = pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES.keys())


def evil() -> Outcome:
    found = an_outcome({"W4": credited_twice(EVIL)}, submission=EVIL, notes=(EVIL,), complaints=(EVIL,))
    return replace(found, runs=tuple(replace(run, repro=EVIL) for run in found.runs))


@ANY
def test_gradescope_reads_a_score_and_a_test_for_each_scenario(outcome: Outcome) -> None:
    said = json.loads(json.dumps(gradescope(outcome)))
    assert said["score"] == outcome.as_json()["score"]
    assert {said[name] for name in ("output_format", "test_output_format", "test_name_format")} <= FORMATS
    assert (said["visibility"], said["stdout_visibility"]) == ("visible", "hidden")
    assert isinstance(said["execution_time"], int)
    assert [test["number"] for test in said["tests"]] == [line.scenario.id for line in outcome.score.lines]
    for test, line in zip(said["tests"], outcome.score.lines, strict=True):
        assert 0 <= test["score"] <= test["max_score"]
        assert test.get("status", "none") == {"pass": "passed", "not_exercised": "none"}.get(line.verdict, "failed")
        assert isinstance(test["output"], str)
    most = 0 if outcome is OUTCOMES["diagnosis"] else 100
    assert abs(sum(test["max_score"] for test in said["tests"]) - most) < 2


@ANY
def test_classroom_s_tests_add_up_to_the_score(outcome: Outcome) -> None:
    said = json.loads(base64.b64decode(encoded(classroom(outcome))))
    assert (said["version"], said["max_score"]) == (1, 100)
    assert said["status"] in ("pass", "fail", "error")
    assert abs(sum(test["score"] for test in said["tests"]) - outcome.as_json()["score"]) < 0.001
    assert {test["status"] for test in said["tests"]} <= {"pass", "fail", "error"}
    assert all(test["message"] is None or test["message"] for test in said["tests"])


def test_classroom_passes_only_who_has_no_fault() -> None:
    told = {name: classroom(outcome)["status"] for name, outcome in OUTCOMES.items()}
    expected = {"perfect": "pass", "capped": "fail", "rescaled": "pass", "gate": "fail", "not exercised": "error"}
    assert told == expected | {"diagnosis": "pass"}


def test_the_cap_is_a_test_of_its_own_for_classroom() -> None:
    cap = classroom(OUTCOMES["capped"])["tests"][-1]
    assert (cap["name"], cap["status"], cap["score"]) == ("Money is not explained", "fail", -39.0)
    assert "credited twice" in cap["message"]


@ANY
def test_junit_fits_its_schema(outcome: Outcome) -> None:
    fits(ElementTree.fromstring(junit(outcome)))


def test_junit_counts_what_fell_and_what_was_left_out() -> None:
    suites = ElementTree.fromstring(junit(OUTCOMES["capped"]))
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("43", "1", "0")
    (failure,) = suites.iter("failure")
    assert "credited twice" in (failure.get("message") or "")
    assert "--scenario W4" in (failure.text or "")
    left_out = ElementTree.fromstring(junit(OUTCOMES["rescaled"]))
    assert [one.get("message") for one in left_out.iter("skipped")] == [
        "the node offers no database",
        "the node offers no clock offset",
    ]
    assert next(ElementTree.fromstring(junit(OUTCOMES["gate"])).iter("failure")) is not None


def test_a_stranger_s_text_breaks_none_of_them() -> None:
    outcome = evil()
    fits(ElementTree.fromstring(junit(outcome)))
    for said in (gradescope(outcome), classroom(outcome)):
        json.dumps(said, ensure_ascii=False).encode("utf-8")
        assert "\x1b" not in json.dumps(said, ensure_ascii=False)


def test_all_of_it_is_filed_and_nothing_half_written_is_left(tmp_path: Path) -> None:
    page = write_reports(evil(), tmp_path)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    names = {path.name for path in tmp_path.iterdir()}
    files = {"report.html", "results.json", "classroom.json", "classroom.base64", "junit.xml", "outcome.json"}
    assert names == files
    assert json.loads((tmp_path / "outcome.json").read_text(encoding="utf-8"))["score"] == 59.0


def test_a_page_that_cannot_be_drawn_loses_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: object) -> str:
        raise ValueError("no such filter")

    for name in ("report", "junit", "seal"):
        monkeypatch.setattr(filing, name, raises)
    page = write_reports(OUTCOMES["capped"], tmp_path)
    assert "could not be drawn" in page.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["score"] == 59.0
    said = json.loads((tmp_path / "outcome.json").read_text(encoding="utf-8"))
    assert said["trouble"][0] == "The grader could not write report.html: ValueError: no such filter"
    assert not (tmp_path / "junit.xml").exists()


def test_the_next_run_into_the_same_folder_knows_the_last(tmp_path: Path) -> None:
    write_reports(OUTCOMES["capped"], tmp_path)
    assert "Since the last run" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    write_reports(OUTCOMES["perfect"], tmp_path)
    assert "<b>Newly fixed:</b> W4" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_at_the_gate_there_is_a_page_too(tmp_path: Path) -> None:
    write_reports(outcome_of((), gate=Gate(False, ("no answer",))), tmp_path)
    assert "no answer" in (tmp_path / "report.html").read_text(encoding="utf-8")


def fits(element: Any) -> None:
    inside, attributes = SCHEMA[element.tag]
    assert {one.tag for one in element} <= inside, element.tag
    assert set(element.attrib) <= {name.rstrip("!") for name in attributes}, element.tag
    assert {name[:-1] for name in attributes if name.endswith("!")} <= set(element.attrib), element.tag
    for name in ("tests", "failures", "errors", "skipped"):
        assert element.get(name, "0").isdigit()
    if element.tag == "testsuite":
        assert int(element.get("tests")) == len(element)
        assert int(element.get("failures")) == len(list(element.iter("failure")))
        assert int(element.get("skipped")) == len(list(element.iter("skipped")))
    for one in element:
        fits(one)
