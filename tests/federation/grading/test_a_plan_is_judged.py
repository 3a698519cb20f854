"""From a plan to findings, on paper: a federation that works it off rightly is believed, one with a bug is not."""

from __future__ import annotations

import pytest

from federation.grading.checkers import check
from federation.grading.replay import replay
from federation.grading.workload import plan_of
from tests.support.paper_federation import PaperFederation

PLAN = plan_of(1)
BUGS = {
    "no dedupe": {"Q01", "Q05"},
    "no refund": {"Q01", "Q06"},
    "no funds check": {"Q02"},
    "unknown accounts accept": {"Q01", "Q06"},
    "a cent too much": {"Q01", "Q14"},
    "floats that are cut off": {"Q01", "Q14"},
    "a key makes another transfer": {"Q12"},
    "the receiver never answers": {"Q08"},
    "yes before the commit": {"Q07"},
    "refused and done": {"Q13"},
    "an own time-out refunds": {"Q01", "Q06"},
    "an update is lost": {"Q01", "Q04"},
    "lines by a clock that jumps": {"Q11"},
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_federation_that_works_the_plan_off_rightly_is_believed(seed: int) -> None:
    evidence = PaperFederation(plan_of(seed)).evidence()
    assert check(evidence) == []
    assert replay(evidence) is None


@pytest.mark.parametrize("seed", range(1, 9))
def test_it_is_believed_too_where_orders_and_answers_are_lost(seed: int) -> None:
    evidence = PaperFederation(plan_of(seed, orders=80), bad_line=True).evidence()
    assert sum(call.outcome == "info" for call in evidence.history.calls) > 20
    assert check(evidence) == []
    assert replay(evidence) is None


@pytest.mark.parametrize("bug", ["no dedupe", "a cent too much", "no refund", "a key makes another transfer"])
def test_bugs_are_caught_there_too(bug: str) -> None:
    evidence = PaperFederation(PLAN, bug, bad_line=True).evidence()
    assert {finding.checker for finding in check(evidence)} >= BUGS[bug]


@pytest.mark.parametrize("bug", BUGS)
def test_one_with_a_well_known_bug_is_caught(bug: str) -> None:
    evidence = PaperFederation(PLAN, bug).evidence()
    assert {finding.checker for finding in check(evidence)} >= BUGS[bug]


def test_the_replay_disagrees_with_all_that_book_wrongly() -> None:
    waits = {"the receiver never answers", "yes before the commit", "lines by a clock that jumps"}
    silent = {bug for bug in BUGS if replay(PaperFederation(PLAN, bug).evidence()) is None}
    assert silent <= waits | {"a key makes another transfer", "refused and done"}
