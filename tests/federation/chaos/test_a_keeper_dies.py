"""The fault keeper as a process, beside banks that only answer /readyz: killed in mid-fault, frozen, left alone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from federation.chaos import calling
from federation.chaos import journal as journals
from federation.failure import ExitCode, Failure
from federation.folder import Folder
from federation.launcher.plan import Wish
from federation.launcher.processes import Process
from federation.launcher.starting import Parts, start, wait_ready
from federation.launcher.status import look, supervisor_of
from federation.launcher.stopping import Ended, down, end
from tests.support.kafka import free_ports

PARTS = Parts(entry="tests.support.readyz_bank:run", broker="tests.support.readyz_bank:paper_broker")
PATIENCE_S = 60.0


class Silent:
    def say(self, text: str) -> None: ...

    def running(self, text: str) -> None: ...

    def done(self, text: str, took_s: float | None = None, level: str = "ok") -> None: ...


class Stage:
    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.up(Wish(banks=2, port_base=free_ports(24)))

    def up(self, wish: Wish | None = None) -> None:
        started = start(self.folder, wish or Wish(), Silent(), parts=PARTS)
        assert started.supervisor is not None
        self.supervisor = started.supervisor
        wait_ready(self.folder, Silent(), PATIENCE_S)

    def break_it(self, *words: str, for_s: float | None = None) -> None:
        calling.ask(self.folder, {"do": "start", "words": words, "for_s": for_s})

    def states(self) -> list[str]:
        return [bank.state for bank in look(self.folder, timeout_s=1.0).banks]

    def keeper(self) -> Process:
        found = calling.keeper_of(self.folder)
        assert found is not None
        return found

    def pid(self, bank: str) -> int:
        return int(self.folder.state()["banks"][bank]["process"]["pid"])

    def wait_until_whole(self) -> None:
        """Nobody asks for it."""
        until = time.monotonic() + PATIENCE_S
        while journals.is_open(self.folder) and time.monotonic() < until:
            time.sleep(0.02)
        assert self.states() == ["ready", "ready"]

    def last_over(self) -> dict[str, Any]:
        found: dict[str, Any] = journals.read(journals.path(self.folder))["over"][-1]
        return found

    def down(self) -> Ended:
        ended = down(self.folder, Silent())
        self.supervisor.wait()
        return ended

    def close(self) -> None:
        with self.folder.locked():
            end(self.folder, Silent())
        self.supervisor.wait()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(Folder(tmp_path_factory.mktemp("chaos") / "die Bänke α"))
    yield made
    made.close()


@pytest.fixture
def stage(running: Stage) -> Iterator[Stage]:
    """The same federation for every test, whole before and after."""
    yield running
    if not journals.is_open(running.folder):
        return
    calling.heal(running.folder)


def test_a_fault_lasts_its_time_and_says_what_it_did(stage: Stage) -> None:
    stage.break_it("bank-kill", "ALFA", for_s=0.5)
    stage.wait_until_whole()
    over = stage.last_over()
    assert (over["words"], over["how"], over["bit"]) == ("bank-kill ALFA", "its time was over", True)


def test_a_fault_of_the_wire_names_the_lab_and_breaks_nothing(stage: Stage) -> None:
    with pytest.raises(Failure, match="nothing between the banks and their broker") as failed:
        stage.break_it("latency", "500ms±100", "BRVO")
    assert "up --lab" in failed.value.do
    assert failed.value.code == ExitCode.USAGE
    assert not journals.is_open(stage.folder)


def test_heal_brings_everything_back_after_kill_9_of_the_keeper_in_mid_fault(stage: Stage) -> None:
    stage.break_it("bank-kill", "ALFA")
    stage.break_it("bank-pause", "BRVO")
    assert stage.states() == ["stopped", "silent"]
    os.kill(stage.keeper().pid, signal.SIGKILL)
    healed = calling.heal(stage.folder)
    assert healed["ok"]
    assert not journals.is_open(stage.folder)
    assert stage.states() == ["ready", "ready"]
    assert calling.heal(stage.folder) == {"ok": True, "said": []}


def test_whoever_comes_after_it_puts_right_what_it_held_without_being_asked(stage: Stage) -> None:
    stage.break_it("bank-pause", "BRVO")
    os.kill(stage.keeper().pid, signal.SIGKILL)
    stage.wait_until_whole()
    assert stage.last_over()["how"] == "healed after its keeper had died"


def test_heal_does_not_wait_for_a_keeper_that_stands_still(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "LISTENS_S_MAX", 0.3)
    stage.break_it("bank-pause", "BRVO")
    still = stage.keeper()
    still.send(signal.SIGSTOP)
    healed = calling.heal(stage.folder)
    assert healed["ok"]
    assert "stands still" in healed["said"][0]
    assert stage.states() == ["ready", "ready"]
    assert not still.alive


def test_heal_needs_no_keeper_at_all(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_folder: Folder) -> Process:
        raise calling.NoAnswer("there is no fault keeper")

    stage.break_it("bank-pause", "BRVO")
    stage.break_it("bank-kill", "ALFA")
    stage.keeper().send(signal.SIGSTOP)
    monkeypatch.setattr(calling, "_summon", nobody)
    monkeypatch.setattr(calling, "keeper_of", lambda _folder: None)
    healed = calling.heal(stage.folder)
    assert healed["ok"]
    assert healed["said"][1:] == ["BRVO woken", "ALFA started"]
    monkeypatch.undo()
    os.kill(stage.keeper().pid, signal.SIGKILL)
    stage.wait_until_whole()


def test_what_a_fault_has_stopped_is_up_again_after_down_and_up(stage: Stage) -> None:
    stage.break_it("bank-kill", "ALFA")
    stage.break_it("bank-pause", "BRVO")
    keeper = stage.keeper()
    ended = stage.down()
    assert ended.left == []
    assert ("BRVO", "stopped") in ended.stopped  # woken, so that it could end by itself
    assert not keeper.alive
    assert not journals.is_open(stage.folder)
    stage.up()
    assert stage.states() == ["ready", "ready"]


def test_heal_without_a_supervisor_wakes_who_is_frozen_and_names_the_next_step(stage: Stage) -> None:
    stage.break_it("bank-kill", "ALFA")
    stage.break_it("bank-pause", "BRVO")
    keeper, frozen = stage.keeper(), psutil.Process(stage.pid("BRVO"))
    keeper.send(signal.SIGSTOP)  # so that it cannot put anything right itself
    stage.supervisor.kill()
    stage.supervisor.wait()
    assert supervisor_of(stage.folder) is None
    os.kill(keeper.pid, signal.SIGKILL)
    healed = calling.heal(stage.folder)
    assert healed["ok"]
    assert "BRVO woken" in healed["said"]
    assert "bankfed up" in healed["said"][-1]
    assert not journals.is_open(stage.folder)
    assert stage.down().left == []
    frozen.wait(PATIENCE_S)
