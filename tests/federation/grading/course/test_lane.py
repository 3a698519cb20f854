"""Scenarios one after the other on federations of paper: when one is founded anew, and what is played twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from federation.failure import Failure
from federation.faults.fault import Bite
from federation.grading.blame import Blame, Blamed
from federation.grading.checkers.finding import UNSAFE, Finding
from federation.grading.course.lane import FOUNDINGS_MAX, Lane
from federation.grading.course.outcome import Run
from federation.grading.custody.complaint import Complaint
from federation.grading.custody.ward import Unfit
from federation.grading.scenarios.stage import Scene
from federation.grading.score import NOT_EXERCISED, PASS, Result

UNSAFE_ONE = Blamed(Finding("Q05", "Credited twice.", "once", "twice"), Blame.NODE)


@dataclass
class PaperStanding:
    """`verdicts`: of each scenario in turn, the words of `outcome`."""

    name: int
    diary: list[str]
    verdicts: dict[str, list[str]]
    is_spent: bool = False

    def round(self, scene: Scene, number: int = 1, again: bool = False) -> Run:
        told = self.verdicts.get(scene.id, [])
        word = told.pop(0) if told else "held"
        self.diary.append(f"{scene.id} on {self.name}{' again' if again else ''}")
        if word == "raises":
            raise ValueError("too many digits")
        self.is_spent = word in ("unsafe", "trouble")
        findings = (UNSAFE_ONE,) if word == "unsafe" else ()
        result = Result(scene.id, findings, exercised=word in ("held", "unsafe"), proof=word)
        return Run(result, number, tries=2 if again else 1)

    def close(self) -> None:
        self.diary.append(f"{self.name} is left")


@dataclass
class Land:
    verdicts: dict[str, list[str]] = field(default_factory=dict)
    diary: list[str] = field(default_factory=list)
    refuses: Callable[[int], Exception | None] = lambda _: None
    founded: int = 0

    def found(self, nodes: int) -> PaperStanding:
        self.founded += 1
        if (why := self.refuses(self.founded)) is not None:
            raise why
        self.diary.append(f"{self.founded} is founded, {nodes} nodes")
        return PaperStanding(self.founded, self.diary, self.verdicts)

    def run(self, *ids: str, runs: int = 1, nodes: int = 1) -> list[Run]:
        scenes = [Scene(id_, lambda _: Bite(True, ""), nodes=nodes) for id_ in ids]
        return list(Lane(self.found, lambda _: None).run(scenes, runs))


def test_scenarios_that_leave_nothing_behind_share_a_federation() -> None:
    land = Land()
    assert [run.scenario for run in land.run("N1", "N2")] == ["N1", "N2"]
    assert land.diary == ["1 is founded, 1 nodes", "N1 on 1", "N2 on 1", "1 is left"]


def test_after_a_finding_the_next_scenario_gets_a_federation_of_its_own() -> None:
    land = Land({"N1": ["unsafe"]})
    assert [run.result.verdict for run in land.run("N1", "N2")] == [UNSAFE, PASS]
    assert land.diary[2:4] == ["1 is left", "2 is founded, 1 nodes"]


def test_a_fault_that_did_not_bite_is_laid_once_more_and_no_third_time() -> None:
    land = Land({"N1": ["missed"], "N2": ["missed", "missed"]})
    first, second = land.run("N1", "N2")
    assert (first.result.verdict, first.tries) == (PASS, 2)
    assert (second.result.verdict, second.tries) == (NOT_EXERCISED, 2)
    assert land.diary[1:5] == ["N1 on 1", "N1 on 1 again", "N2 on 1", "N2 on 1 again"]


def test_after_trouble_of_the_graders_own_it_is_tried_again_on_new_ground() -> None:
    land = Land({"N1": ["trouble"]})
    (run,) = land.run("N1")
    assert run.result.verdict == PASS
    assert land.diary[1:5] == ["N1 on 1", "1 is left", "2 is founded, 1 nodes", "N1 on 2 again"]


def test_what_needs_three_nodes_comes_last_on_a_federation_of_its_own() -> None:
    land = Land()
    scenes = [Scene(id_, lambda _: Bite(True, ""), nodes=nodes) for id_, nodes in (("N16", 3), ("N1", 1))]
    assert [run.scenario for run in Lane(land.found, lambda _: None).run(scenes)] == ["N1", "N16"]
    assert land.diary == [
        "1 is founded, 1 nodes",
        "N1 on 1",
        "1 is left",
        "2 is founded, 3 nodes",
        "N16 on 2",
        "2 is left",
    ]


def test_several_runs_go_round_the_sheet_each_time() -> None:
    assert [(run.scenario, run.number) for run in Land().run("A1", "A2", runs=2)] == [
        ("A1", 1),
        ("A2", 1),
        ("A1", 2),
        ("A2", 2),
    ]


def test_a_node_that_does_not_start_is_told_so_and_soon_no_longer_tried() -> None:
    unfit = Unfit(Complaint("never_ready", "nobody listened on PORT"))
    land = Land(refuses=lambda _: unfit)
    runs = land.run("N1", "N2", "N3", "N4")
    assert {run.result.verdict for run in runs} == {UNSAFE}
    assert {run.result.sentence for run in runs} == {"Nobody listened on PORT."}
    assert land.founded == FOUNDINGS_MAX


def test_a_federation_that_the_grader_cannot_found_is_not_the_nodes_fault() -> None:
    land = Land(refuses=lambda number: Failure("no free ports") if number == 1 else None)
    first, second = land.run("N1", "N2")
    assert first.result.verdict == NOT_EXERCISED
    assert "no free ports" in first.result.sentence
    assert second.result.verdict == PASS


def test_a_federation_is_left_also_when_everything_is_interrupted() -> None:
    land = Land()
    scenes = [Scene("N1", lambda _: Bite(True, ""))]

    def interrupts(_: Run) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Lane(land.found, interrupts).run(scenes))
    assert land.diary[-1] == "1 is left"


def test_what_the_grader_itself_comes_upon_while_it_judges_costs_one_scenario_and_not_the_run() -> None:
    land = Land({"N1": ["raises", "raises"]})
    runs = land.run("N1", "N2")
    assert [run.result.verdict for run in runs] == [NOT_EXERCISED, PASS]
    assert runs[0].result.sentence.startswith("The grader came to grief: ValueError: too many digits")
    assert land.diary == [
        *("1 is founded, 1 nodes", "N1 on 1", "1 is left"),
        *("2 is founded, 1 nodes", "N1 on 2 again", "2 is left"),
        *("3 is founded, 1 nodes", "N2 on 3", "3 is left"),
    ]
