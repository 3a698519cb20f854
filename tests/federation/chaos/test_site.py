"""A running federation as what there is to break: banks of paper's weight under a supervisor of paper, real signals."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from federation.brokers.external import ExternalBroker
from federation.chaos import journal as journals
from federation.chaos import site as sites
from federation.chaos.journal import CAPPED, DOWN, PAUSED, SKEWED, Journal
from federation.chaos.site import FederationSite, LivingBank, NoDoors, settle
from federation.client import TopicFacts
from federation.failure import Failure
from federation.folder import Folder, write_json
from federation.launcher.processes import Process
from federation.spec import BankSpec, FederationSpec
from tests.support.readyz_bank import PaperBroker

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are Linux's")


class Paper(PaperBroker):
    """It remembers what was done to it, and can stand still."""

    def pause(self, node: int | None = None) -> None:
        self.done.append("pause")

    def resume(self, node: int | None = None) -> None:
        self.done.append("resume")


class Stage:
    """ALFA runs (as a process that sleeps); orders are obeyed at once by writing state.json."""

    def __init__(self, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.make()
        self.folder = folder
        self.orders: list[tuple[str, str, dict[str, Any]]] = []
        self.child: subprocess.Popen[bytes] | None = None
        self.broker = Paper(folder.broker)
        self.broker.start()
        self.journal = journals.of(folder)
        monkeypatch.setattr(sites.Life, "order", lambda _, do, target, **more: self.obey(do, target, more))
        monkeypatch.setattr(sites, "ask", lambda _port: {"ok": self.child is not None})
        self.start()

    def obey(self, do: str, target: str, more: dict[str, Any]) -> None:
        self.orders.append((do, target, {name: value for name, value in more.items() if value}))
        if target == "broker":
            self.broker.start()
        elif do == "start":
            self.start()
        else:
            self.end()
            self.write("stopped")

    def start(self) -> None:
        if self.child is None:
            self.child = subprocess.Popen(["sleep", "600"])
        self.write("up")

    def end(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None

    def write(self, state: str) -> None:
        process = Process.of(self.child.pid) if self.child else None
        one = {"state": state, "process": process.as_json() if process else None}
        write_json(self.folder.state_json, {"banks": {"ALFA": one}})

    def site(self, lab: bool = True) -> FederationSite:
        """With a journal read anew, as whoever comes after a crash has it."""
        self.journal = journals.of(self.folder)
        spec = FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001),), lab=lab)
        return FederationSite(self.folder, spec, self.broker, self.journal)

    def bank(self, lab: bool = True) -> LivingBank:
        found = self.site(lab).banks["ALFA"]
        assert isinstance(found, LivingBank)
        return found

    @property
    def debts(self) -> set[tuple[str, str]]:
        return set(journals.of(self.folder).debts)

    def is_stopped(self) -> bool:
        assert self.child is not None
        return bool(psutil.Process(self.child.pid).status() == psutil.STATUS_STOPPED)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage(Folder(tmp_path / "f"), monkeypatch)
    yield made
    made.end()


def test_a_killed_bank_is_owed_until_it_is_started_and_its_supervisor_forgets_it(stage: Stage) -> None:
    bank = stage.bank()
    bank.kill()
    assert not bank.is_running
    assert stage.orders == [("stop", "ALFA", {"kill": True, "passing": True})]
    assert stage.debts == {("ALFA", DOWN)}
    bank.start()
    bank.wait_ready()
    assert bank.is_running
    assert stage.debts == set()


def test_one_that_somebody_stopped_stays_down_and_is_owed_to_nobody(stage: Stage) -> None:
    stage.end()
    stage.write("stopped")
    bank = stage.bank()
    bank.kill()
    bank.stop()
    assert stage.orders == []
    assert stage.debts == set()


def test_a_bank_stands_still_and_goes_on(stage: Stage) -> None:
    bank = stage.bank()
    bank.pause()
    assert stage.is_stopped()
    assert stage.debts == {("ALFA", PAUSED)}
    bank.resume()
    assert not stage.is_stopped()
    assert stage.debts == set()


def test_what_was_owed_for_a_process_went_with_it(stage: Stage) -> None:
    bank = stage.bank()
    bank.pause()
    bank.kill()
    assert stage.debts == {("ALFA", DOWN)}


@linux
def test_a_full_disk_is_a_limit_of_the_running_process(stage: Stage) -> None:
    bank = stage.bank()
    assert stage.child is not None
    before = resource.prlimit(stage.child.pid, resource.RLIMIT_FSIZE)
    assert bank.cap_files(4096)
    assert resource.prlimit(stage.child.pid, resource.RLIMIT_FSIZE) == (4096, before[1])
    assert stage.debts == {("ALFA", CAPPED)}
    assert bank.cap_files(None)
    assert resource.prlimit(stage.child.pid, resource.RLIMIT_FSIZE)[0] == before[1]
    assert stage.debts == set()


def test_a_wrong_clock_needs_a_lab_and_is_owed(stage: Stage) -> None:
    with pytest.raises(Failure, match="another clock") as failed:
        stage.bank(lab=False).start(clock_offset_ms=1000)
    assert "--lab" in failed.value.do
    bank = stage.bank()
    bank.stop()
    bank.start(clock_offset_ms=-3_600_000)
    assert stage.orders[-1] == ("start", "ALFA", {"env": {"BANK_CLOCK_OFFSET_MS": "-3600000"}})
    assert stage.debts == {("ALFA", SKEWED)}
    bank.stop()
    bank.start()
    assert stage.debts == set()


def test_the_broker_is_owed_only_where_it_ran(stage: Stage) -> None:
    broker = stage.site().broker
    broker.kill()
    assert stage.debts == {("broker", DOWN)}
    broker.start()
    assert stage.debts == set()
    assert stage.orders == [("start", "broker", {})]
    stage.broker.done.append("stop")
    broker.kill()
    broker.pause()
    assert stage.debts == set()


def test_without_doors_a_fault_of_the_wire_says_what_to_do(stage: Stage) -> None:
    with pytest.raises(NoDoors) as failed:
        _ = stage.site().wire
    assert "bankfed up --lab" in failed.value.do


def test_all_is_put_right_from_the_journal_alone_and_twice_is_no_harm(stage: Stage) -> None:
    bank = stage.bank()
    bank.stop()
    bank.start(clock_offset_ms=1000)
    bank.pause()
    Journal.owe(stage.journal, "broker", PAUSED)
    Journal.owe(stage.journal, "GONE", DOWN)
    after = stage.site()
    said = settle(after, stage.journal)
    assert said == [
        "ALFA woken",
        "broker woken",
        "GONE is no bank of this federation any more",
        "ALFA has the right time again",
    ]
    assert "resume" in stage.broker.done
    assert stage.orders[-1] == ("start", "ALFA", {})
    assert stage.debts == set()
    assert settle(after, stage.journal) == []


def test_what_cannot_be_put_right_stays_written_down(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.bank().kill()

    def refuse(*_: object, **__: object) -> None:
        raise Failure("the federation does not run")

    site = stage.site()
    monkeypatch.setattr(sites.Life, "order", refuse)
    assert settle(site, stage.journal) == ["ALFA is still down: the federation does not run"]
    assert stage.debts == {("ALFA", DOWN)}


def test_the_topic_of_a_broker_whose_files_nobody_knows_is_reached_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.client.topic_facts", lambda *_: (1, TopicFacts(4, 1, {})))
    spec = FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001),))
    topic = FederationSite(stage.folder, spec, ExternalBroker("127.0.0.1:9"), stage.journal).topic
    assert topic.partition_of("ALFA") in range(4)
    with pytest.raises(Failure, match="of ours"):
        topic.cut_tail(0, 1)
