"""Shrinking: what a failure does not need is left out, and the small plan fails for the same law."""

from __future__ import annotations

from federation.simulation.history import History, Violation
from federation.simulation.plan import Plan, Step
from federation.simulation.planning import plan_of
from federation.simulation.play import play
from federation.simulation.shrink import shrink
from tests.federation.simulation.culprits import decides_anew


def fails_with(*needed: str, law: str = "I3", at_ms: int = 90_000) -> object:
    def pretend(plan: Plan) -> History:
        history = History(plan)
        if set(needed) <= {step.id for step in plan.steps}:
            history.violations.append(Violation(law, "so it is", at_ms))
        elif plan.steps:
            history.violations.append(Violation("I7", "another law", at_ms))
        return history

    return pretend


def a_long_plan() -> Plan:
    return plan_of(1).with_steps([Step(ms, "send", f"s{ms:02d}", "ALFA", {}) for ms in range(60)])


def test_only_the_steps_it_takes_are_left() -> None:
    pretend = fails_with("s07", "s31", "s59")
    shrunk = shrink(pretend(a_long_plan()), pretend)  # type: ignore[operator,arg-type]
    assert [step.id for step in shrunk.plan.steps] == ["s07", "s31", "s59"]
    assert shrunk.history.violations[0].law == "I3"


def test_what_comes_after_the_breach_is_cut_at_once() -> None:
    pretend = fails_with("s03", at_ms=10)
    shrunk = shrink(pretend(a_long_plan()), pretend)  # type: ignore[operator,arg-type]
    assert [step.id for step in shrunk.plan.steps] == ["s03"]
    assert shrunk.runs < 30


def test_a_real_bug_is_shrunk_to_a_transfer_and_what_repeats_it() -> None:
    def broken(plan: Plan) -> History:
        return play(plan, mend=decides_anew)

    failed = next(history for seed in range(1, 20) if (history := broken(plan_of(seed))).violations)
    shrunk = shrink(failed, broken)
    assert 1 <= len(shrunk.plan.steps) <= 5  # a re-drive may be repeat enough
    assert shrunk.history.violations[0].law == failed.violations[0].law
    assert play(shrunk.plan).violations == []
