"""From results to a score, a pure function: full points where it held, half where it was only late, none where it was
unsafe or never tried out; a cap where a cent is missing. Points of what can not be tried go to the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from federation.failure import ExitCode
from federation.grading.blame import Blame, Blamed
from federation.grading.checkers.finding import DIAGNOSIS, LATE, UNSAFE
from federation.grading.sheet import DIAGNOSES, MONEY_CAP, POINTS, SCENARIOS, Scenario

Verdict = Literal["pass", "late", "unsafe", "not_exercised"]
PASS: Verdict = "pass"  # noqa: S105 - a verdict
NOT_EXERCISED: Verdict = "not_exercised"
_WORTH: Mapping[Verdict, Fraction] = {PASS: Fraction(1), LATE: Fraction(1, 2)}
_WORST_FIRST: tuple[Verdict, ...] = (UNSAFE, LATE, PASS)


@dataclass(frozen=True, slots=True)
class Gate:
    """It starts, is ready, moves money inside a bank and across. Else nothing is graded, and `sentences` say why."""

    passed: bool = True
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One run of a scenario. `proof`: that its fault bit; where it did not (`exercised`), why."""

    scenario: str
    findings: tuple[Blamed, ...] = ()
    exercised: bool = True
    proof: str = ""

    @property
    def against_the_node(self) -> list[Blamed]:
        return [one for one in self.findings if one.blame is Blame.NODE and one.finding.weight != DIAGNOSIS]

    @property
    def verdict(self) -> Verdict:
        weights = {one.finding.weight for one in self.against_the_node}
        if UNSAFE in weights:
            return UNSAFE
        if not self.exercised or any(one.blame is Blame.GRADER for one in self.findings):
            return NOT_EXERCISED
        return LATE if LATE in weights else PASS

    @property
    def sentence(self) -> str:
        """Why; the worst finding, one about money before the others, and one that names its transfer first."""
        found = sorted(self.against_the_node, key=_weight)
        if self.verdict == NOT_EXERCISED:
            whys = [one.why for one in self.findings if one.blame is Blame.GRADER]
            return (whys or [self.proof or "its fault did not bite"])[0]
        return found[0].finding.sentence if found else self.proof


@dataclass(frozen=True, slots=True)
class Line:
    """A scenario on the sheet of one submission. `flaky`: its runs did not all come out the same."""

    scenario: Scenario
    of: Fraction
    points: Fraction
    verdict: Verdict
    sentence: str
    flaky: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.scenario.id,
            "points": rounded(self.points),
            "of": rounded(self.of),
            "verdict": self.verdict,
            "sentence": self.sentence,
            "group": self.scenario.group,
            "title": self.scenario.title,
            "flaky": self.flaky,
        }


@dataclass(frozen=True, slots=True)
class Score:
    """`first_line` is what stands above everything else; empty if there is nothing of that weight."""

    total: Fraction
    uncapped: Fraction
    cap: int | None
    first_line: str
    lines: tuple[Line, ...]
    not_tried: tuple[tuple[Scenario, str], ...] = ()
    at_gate: bool = False  # it did not come further

    @property
    def exit_code(self) -> ExitCode:
        verdicts = {line.verdict for line in self.lines}
        if self.at_gate or self.cap is not None or verdicts & {UNSAFE, LATE}:
            return ExitCode.LAW_BROKEN
        return ExitCode.NOT_EXERCISED if NOT_EXERCISED in verdicts else ExitCode.OK

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.exit_code is ExitCode.OK,
            "score": rounded(self.total),
            "cap": self.cap,
            "first_line": self.first_line,
            "gate": not self.at_gate,
            "scenarios": [line.as_json() for line in self.lines],
            "not_tried": [{"id": scenario.id, "why": why} for scenario, why in self.not_tried],
        }


def score(
    results: Iterable[Result],
    gate: Gate = Gate(),
    lacks: Collection[str] = (),
    profile: Collection[str] | None = None,
) -> Score:
    """The score of a graded run. Several results of one scenario are several runs of it: the worst counts. `lacks` is
    what the node does not offer, `profile` the scenarios that this profile tries (None: all)."""
    not_tried = tuple((one, why) for one in SCENARIOS if (why := _why_not(one, lacks, profile)))
    left_out = {one.id for one, _ in not_tried}
    tried = [one for one in SCENARIOS if one.id not in left_out]
    scale = Fraction(POINTS, sum(one.points for one in tried)) if tried else Fraction(0)
    if not gate.passed:
        words = " ".join(gate.sentences) or "it does not start"
        why = "the gate was not passed"
        lines = tuple(Line(one, one.points * scale, Fraction(0), NOT_EXERCISED, why) for one in tried)
        return Score(
            Fraction(0), Fraction(0), None, f"The gate was not passed: {words}", lines, not_tried, at_gate=True
        )
    runs: dict[str, list[Result]] = {}
    for result in results:
        runs.setdefault(result.scenario, []).append(result)
    lines = tuple(_line(one, one.points * scale, runs.get(one.id, [])) for one in tried)
    lines += tuple(_line(one, Fraction(0), runs[one.id]) for one in DIAGNOSES if one.id in runs)
    uncapped = sum((line.points for line in lines), Fraction(0))
    missing = _unexplained(result for of_one in runs.values() for result in of_one)
    if missing is None:
        return Score(uncapped, uncapped, None, "", lines, not_tried)
    words = f"Money is not explained, so the score is at most {MONEY_CAP}: {missing}"
    return Score(min(uncapped, Fraction(MONEY_CAP)), uncapped, MONEY_CAP, words, lines, not_tried)


def rounded(points: Fraction) -> float:
    """To a tenth, halves up; whole numbers stay whole."""
    return float(Fraction((points * 10 + Fraction(1, 2)).__floor__(), 10))


def _why_not(one: Scenario, lacks: Collection[str], profile: Collection[str] | None) -> str:
    if profile is not None and one.id not in profile:
        return "not in this profile"
    return f"the node offers no {one.needs.replace('_', ' ')}" if one.needs in lacks and one.needs else ""


def _line(one: Scenario, of: Fraction, runs: Sequence[Result]) -> Line:
    """Runs whose fault did not bite say nothing, as long as another one's did."""
    telling = [run for run in runs if run.verdict != NOT_EXERCISED]
    if not telling:
        return Line(one, of, Fraction(0), NOT_EXERCISED, runs[0].sentence if runs else "it was not run")
    worst = min(telling, key=lambda run: _WORST_FIRST.index(run.verdict))
    points = of * _WORTH.get(worst.verdict, Fraction(0))
    return Line(one, of, points, worst.verdict, worst.sentence, len({run.verdict for run in telling}) > 1)


def _weight(one: Blamed) -> tuple[bool, bool, bool]:
    return one.finding.weight != UNSAFE, not one.finding.cents, not one.finding.transfers


def _unexplained(results: Iterable[Result]) -> str | None:
    """The sentence of the first finding that is about money nobody can explain, and says where it went."""
    found = [one for result in results for one in sorted(result.against_the_node, key=_weight)]
    return next((one.finding.sentence for one in found if one.finding.cents), None)
