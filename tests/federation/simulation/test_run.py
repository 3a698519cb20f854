"""Runs of many seeds: all cores, sums, what failed is shrunk, kept and played first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from federation.failure import Failure
from federation.simulation import run as running
from federation.simulation import workers
from federation.simulation.failing import OWN, keep, kept_plans
from federation.simulation.picture import picture
from federation.simulation.plan import Plan
from federation.simulation.planning import plan_of
from federation.simulation.play import play
from federation.simulation.tables import ALL
from federation.simulation.trace import Trace
from federation.simulation.workers import ITSELF, Wish, play_safely


def test_seeds_are_shared_out_and_added_up() -> None:
    summary = running.run(Wish(range(1, 25), processes=2))
    assert summary.lawful
    assert summary.total.histories == 24
    assert summary.total.transfers >= 24 * 30
    assert summary.per_minute > 0


def test_ctrl_c_leaves_what_was_played_so_far() -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    summary = running.run(Wish(range(1, 99), steps_max=3, processes=2), interrupt)
    assert summary.interrupted
    assert 0 < summary.total.histories < 98
    assert summary.as_json()["interrupted"]


def test_every_hundredth_seed_is_told_twice_under_two_hash_seeds() -> None:
    played = list(workers.play_all(Wish(range(100, 101), steps_max=40)))
    told = [found.hashes for found in played if found.hashes]
    assert len(told) == 2
    assert told[0] == told[1] != {}


def test_two_histories_of_one_seed_are_a_failure() -> None:
    played = workers.Played(hashes={7: "a"})
    workers._compare({7: "b"}, played, Wish(range(7, 8)))
    assert [history.violations[0].law for history in played.failed] == [ITSELF]


def test_a_simulation_that_fails_is_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(workers, "play", fail)
    (violation,) = play_safely(plan_of(1)).violations
    assert violation.law == ITSELF
    assert "ZeroDivisionError: oops" in violation.sentence


def test_fewer_steps_where_asked_for() -> None:
    assert len(Wish(range(1), steps_max=5).plan(0).steps) == 5


def test_what_failed_is_kept_once_and_played_first(tmp_path: Path) -> None:
    file, plan = tmp_path / "room" / "failing_seeds.json", plan_of(3).with_steps(plan_of(3).steps[:2])
    assert keep(file, "I3", "a sentence", plan)
    assert not keep(file, "I3", "another sentence", plan)
    assert running.with_kept(Wish(range(5)), file).plans == kept_plans(file)
    assert kept_plans(file)[-1] == plan


def test_a_file_that_is_no_list_of_plans_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Failure, match="can not be read"):
        kept_plans(tmp_path / "f.json")


def test_what_the_project_has_kept_is_lawful_now() -> None:
    kept = running.with_kept(Wish(range(0)), OWN.with_name("nowhere.json")).plans
    assert len(kept) == len(json.loads(OWN.read_text(encoding="utf-8")))
    assert [plan.seed for plan in kept if play_safely(plan).violations] == []


def test_a_history_can_be_drawn() -> None:
    trace, plan = Trace(), plan_of(2)
    play(plan.with_steps(plan.steps[:12]), trace)
    drawn = picture(plan, trace)
    assert drawn.startswith("<svg ")
    assert drawn.count("<line") > 10
    assert ">ALFA<" in drawn


def test_a_summary_names_every_branch() -> None:
    summary = running.play_here(Wish(range(1, 3)))
    said = summary.as_json()
    assert said["branches_total"] == len(ALL)
    assert said["branches_reached"] + len(said["branches_never_reached"]) == len(ALL)
    assert said["histories"] == 2


def test_a_plan_is_played_as_it_stands() -> None:
    plan = plan_of(2)
    short: Plan = plan.with_steps(plan.steps[:3])
    assert running.play_here(Wish(range(0), plans=[short])).total.histories == 1
