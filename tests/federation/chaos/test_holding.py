"""Faults in force: begun, ended by hand or by time, told of. No process, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from federation.chaos.holding import Holding, Told
from federation.chaos.journal import Journal, read
from federation.failure import Failure
from federation.faults.fault import Fault
from tests.support.paper_fault import PaperFault


class Stage:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.now_us = 1_000_000
        self.said: list[str] = []
        self.next: list[PaperFault] = []
        self.seeds: list[int] = []
        self.holding = self.another()

    def another(self) -> Holding:
        """As after a crash: the same file, nothing else."""
        return Holding(self._make, Journal(self.file), lambda words, _: self.said.append(words), lambda: self.now_us)

    def _make(self, words: Sequence[str], seed: int) -> Fault:
        self.seeds.append(seed)
        return self.next.pop(0) if self.next else PaperFault()

    def begin(self, fault: PaperFault, *words: str, for_s: float | None = None) -> Told:
        self.next.append(fault)
        return self.holding.start(words or ("paper",), for_s, seed=7)

    def written(self, name: str = "faults") -> list[Told]:
        found: list[Told] = read(self.file).get(name, [])
        return found


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "faults.json")


def test_a_fault_is_written_down_before_it_is_injected(stage: Stage) -> None:
    seen: list[Told] = []
    stage.begin(PaperFault(when_injected=lambda: seen.extend(stage.written())), "paper", "BRVO")
    assert [one["words"] for one in seen] == ["paper BRVO"]
    assert stage.seeds == [7]


def test_one_that_cannot_be_injected_is_healed_and_not_in_force(stage: Stage) -> None:
    fault = PaperFault(fails="inject")
    with pytest.raises(Failure, match="does not inject"):
        stage.begin(fault)
    assert fault.done == ["inject", "heal"]
    assert stage.holding.is_empty
    assert stage.written() == []


def test_it_ends_when_its_time_is_over_and_says_whether_it_bit(stage: Stage) -> None:
    fault = PaperFault()
    told = stage.begin(fault, for_s=30.0)
    assert told["until_us"] == 31_000_000
    stage.now_us = 30_999_999
    stage.holding.tick()
    assert fault.done == ["inject"]
    stage.now_us = 31_000_000
    stage.holding.tick()
    assert fault.done == ["inject", "heal"]
    (over,) = stage.written("over")
    assert (over["how"], over["bit"], over["over_us"]) == ("its time was over", True, 31_000_000)
    assert stage.written() == []


def test_one_whose_time_is_over_and_that_does_not_heal_is_tried_again(stage: Stage) -> None:
    fault = PaperFault(fails="heal")
    stage.begin(fault, for_s=1.0)
    for _ in range(3):
        stage.now_us += 1_000_000
        stage.holding.tick()
    assert fault.done == ["inject", "heal"]
    assert "paper does not heal" in stage.said[-1]
    fault.fails = ""
    stage.now_us += 5_000_000
    stage.holding.tick()
    assert stage.holding.is_empty


def test_a_fault_that_makes_a_mistake_of_its_own_ends_no_other(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = PaperFault(), PaperFault()
    stage.begin(broken, "broken", for_s=1.0)
    stage.begin(sound, "sound")

    def mistake() -> NoReturn:
        raise OSError("the line is dead")

    monkeypatch.setattr(broken, "heal", mistake)
    monkeypatch.setattr(broken, "bite", mistake)
    stage.now_us += 1_000_000
    stage.holding.tick()
    assert "broken does not heal: OSError('the line is dead')" in stage.said[-1]
    assert [one["words"] for one in stage.written()] == ["broken", "sound"]
    assert stage.holding.heal() == ["sound is over", "broken did not heal by itself: OSError('the line is dead')"]
    assert sound.done == ["inject", "heal"]


@pytest.mark.parametrize("which", ["2", "paper", "paper BRVO"])
def test_it_is_stopped_by_its_number_its_name_or_its_words(stage: Stage, which: str) -> None:
    first, second = PaperFault(), PaperFault()
    stage.begin(first, "other")
    stage.begin(second, "paper", "BRVO")
    ended = stage.holding.stop(which)
    assert {one["how"] for one in ended} == {"stopped"}
    assert second.done == ["inject", "heal"]
    assert first.done == (["inject", "heal"] if which == "paper" else ["inject"])  # both are of that name


def test_what_is_not_in_force_cannot_be_stopped_and_nothing_is_in_force_twice(stage: Stage) -> None:
    stage.begin(PaperFault(), "paper", "BRVO")
    with pytest.raises(Failure, match="no fault 'latency' is in force") as failed:
        stage.holding.stop("latency")
    assert "1 paper" in failed.value.why
    with pytest.raises(Failure, match="in force already"):
        stage.begin(PaperFault(), "paper", "BRVO")


def test_heal_ends_all_whatever_they_say(stage: Stage) -> None:
    faults = [PaperFault(), PaperFault(fails="heal"), PaperFault()]
    for number, fault in enumerate(faults):
        stage.begin(fault, "paper", str(number))
    said = stage.holding.heal()
    assert [fault.done for fault in faults] == [["inject", "heal"]] * 3
    assert said[1] == "paper 1 did not heal by itself: it does not heal"
    assert stage.holding.is_empty
    assert stage.holding.heal() == []


def test_who_comes_after_a_crash_tells_what_was_in_force_and_counts_on(stage: Stage) -> None:
    stage.begin(PaperFault(), "paper", "BRVO")
    after = stage.holding = stage.another()
    after.inherit()
    assert stage.written() == []
    assert [one["how"] for one in stage.written("over")] == ["healed after its keeper had died"]
    assert stage.begin(PaperFault())["id"] == 2
