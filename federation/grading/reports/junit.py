"""`junit.xml`: a suite per group of the score sheet, a case per scenario, in the shape that CI servers agree on (the
schema `junit-10.xsd` of Jenkins' xUnit plugin). Late and unsafe are failures; what was not exercised or not tried is
skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from federation.grading.course.outcome import Outcome
from federation.grading.reports.headline import WORDS
from federation.grading.reports.quoting import NAME, shown
from federation.grading.score import NOT_EXERCISED, PASS, Line
from federation.grading.sheet import GROUPS, Scenario


def junit(outcome: Outcome) -> str:
    suites = Element("testsuites", name=shown(outcome.submission, NAME), time=f"{outcome.seconds:.3f}")
    if outcome.score.at_gate:
        gate = _suite(suites, "Gate", 1, 1, 0)
        _failure(
            SubElement(gate, "testcase", name="The first contact", classname="bankfed.gate"), outcome.score.first_line
        )
    for id_, title in GROUPS.items():
        lines = [line for line in outcome.score.lines if line.scenario.group == id_]
        left_out = [(one, why) for one, why in outcome.score.not_tried if one.group == id_]
        if lines or left_out:
            _group(suites, outcome, f"{id_} {title}", lines, left_out)
    _count(suites)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _group(
    suites: Element, outcome: Outcome, title: str, lines: Sequence[Line], left_out: Sequence[tuple[Scenario, str]]
) -> None:
    failed = sum(line.verdict not in (PASS, NOT_EXERCISED) for line in lines)
    skipped = sum(line.verdict == NOT_EXERCISED for line in lines) + len(left_out)
    suite = _suite(suites, title, len(lines) + len(left_out), failed, skipped)
    for line in lines:
        case = _case(suite, line.scenario, sum(run.seconds for run in outcome.runs_of(line.scenario.id)))
        if line.verdict == NOT_EXERCISED:
            SubElement(case, "skipped", message=shown(line.sentence))
        elif line.verdict != PASS:
            _failure(case, line.sentence, WORDS[line.verdict], [run.repro for run in outcome.runs_of(line.scenario.id)])
    for scenario, why in left_out:
        SubElement(_case(suite, scenario, 0), "skipped", message=shown(why))


def _suite(suites: Element, name: str, tests: int, failures: int, skipped: int) -> Element:
    counts = {"tests": str(tests), "failures": str(failures), "errors": "0", "skipped": str(skipped)}
    return SubElement(suites, "testsuite", {"name": name, **counts})


def _case(suite: Element, scenario: Scenario, seconds: float) -> Element:
    name = f"{scenario.id} {scenario.title}"
    return SubElement(suite, "testcase", name=name, classname=f"bankfed.{scenario.group}", time=f"{seconds:.3f}")


def _failure(case: Element, sentence: str, kind: str = "gate", repros: Sequence[str] = ()) -> None:
    failure = SubElement(case, "failure", type=kind, message=shown(sentence))
    failure.text = "\n".join([shown(sentence), *(f"Try it again: {shown(one)}" for one in repros[:1] if one)])


def _count(suites: Element) -> None:
    for name in ("tests", "failures", "errors"):
        suites.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
