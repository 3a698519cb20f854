"""The launcher with real processes: banks that only answer /readyz, a paper broker, a folder with a difficult name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.failure import ExitCode, Failure
from federation.folder import Folder
from federation.launcher import orders
from federation.launcher.plan import Wish
from federation.launcher.processes import Process
from federation.launcher.starting import Parts, Started, start, wait_ready
from federation.launcher.status import FederationStatus, look, supervisor_of
from federation.launcher.stopping import Ended, down, end
from tests.support import readyz_bank
from tests.support.kafka import free_ports

PARTS = Parts(entry="tests.support.readyz_bank:run", broker="tests.support.readyz_bank:paper_broker")
PATIENCE_S = 60.0


class Heard:
    """A tick list that keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def running(self, text: str) -> None: ...

    def done(self, text: str, took_s: float | None = None, level: str = "ok") -> None:
        self.lines.append(text)


class Stage:
    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.heard = Heard()
        self.base = free_ports(24)
        self.children: list[subprocess.Popen[bytes]] = []

    def up(self, banks: int | None = 2, parts: Parts = PARTS, **wish: int) -> FederationStatus:
        self.start(banks, parts, **wish)
        return wait_ready(self.folder, self.heard, PATIENCE_S)

    def start(self, banks: int | None = 2, parts: Parts = PARTS, **wish: int) -> Started:
        wish.setdefault("port_base", self.base) if not self.folder.exists() else None
        started = start(self.folder, Wish(banks=banks, **wish), self.heard, parts=parts)
        if started.supervisor is not None:
            self.children.append(started.supervisor)
        return started

    def again(self) -> FederationStatus:
        return wait_ready(self.folder, self.heard, PATIENCE_S)

    def down(self) -> Ended:
        return down(self.folder, self.heard)

    def close(self) -> None:
        if self.folder.exists():
            with self.folder.locked():
                end(self.folder, self.heard)
        for child in self.children:
            child.wait()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(Folder(tmp_path / "die Bänke α"))
    yield made
    made.close()


def pids(status: FederationStatus) -> dict[str, int]:
    return {bank.id: bank.pid for bank in status.banks if bank.pid is not None}


def test_banks_come_up_each_as_a_process_with_its_name_on_it(stage: Stage) -> None:
    status = stage.up()
    assert status.all_ready
    assert [bank.state for bank in status.banks] == ["ready", "ready"]
    assert [bank.outbox_pending for bank in status.banks] == [2, 2]
    for bank in status.banks:
        assert bank.rss_mib
        if sys.platform == "linux":
            title = Path(f"/proc/{bank.pid}/cmdline").read_bytes().rstrip(b"\0").decode()
            assert title.startswith(f"bankfed bank {bank.id}")


def test_a_second_up_finds_everything_running(stage: Stage) -> None:
    first = stage.up()
    assert stage.start().already
    assert pids(stage.again()) == pids(first)


def test_down_leaves_nothing_running_and_every_file(stage: Stage) -> None:
    before = stage.up()
    ended = stage.down()
    assert ended.left == []
    assert {name for name, _ in ended.stopped} == {"ALFA", "BRVO", "broker"}
    assert look(stage.folder).none_running
    assert not any(Process.of(pid) for pid in pids(before).values())
    assert stage.folder.world_json.exists()
    assert stage.down().stopped == []


def test_the_next_life_has_the_same_identity_ports_and_world(stage: Stage) -> None:
    first = stage.up()
    world = stage.folder.world_json.read_text(encoding="utf-8")
    stage.down()
    second = stage.up(None)
    assert second.federation_id == first.federation_id
    assert [bank.url for bank in second.banks] == [bank.url for bank in first.banks]
    assert stage.folder.world_json.read_text(encoding="utf-8") == world


def test_a_bank_killed_with_kill_9_is_started_again(stage: Stage) -> None:
    before = stage.up()
    os.kill(pids(before)["ALFA"], signal.SIGKILL)
    after = stage.again()
    assert pids(after)["ALFA"] != pids(before)["ALFA"]
    assert pids(after)["BRVO"] == pids(before)["BRVO"]
    assert after.banks[0].restarts == 1
    assert "SIGKILL" in after.banks[0].said


def test_what_was_stopped_on_purpose_stays_down_over_down_and_up(stage: Stage) -> None:
    stage.up()
    orders.stop(stage.folder, "brvo", stage.heard)
    assert [bank.state for bank in look(stage.folder).banks] == ["ready", "stopped"]
    stage.down()
    assert [bank.state for bank in stage.up(None).banks] == ["ready", "stopped"]
    assert "BRVO was stopped on purpose and stays down: bankfed start BRVO" in stage.heard.lines
    orders.start(stage.folder, "BRVO", stage.heard)
    assert stage.again().all_ready


def test_a_restarted_bank_is_another_process(stage: Stage) -> None:
    before = stage.up()
    orders.restart(stage.folder, "ALFA", stage.heard, kill=True)
    assert pids(look(stage.folder))["ALFA"] != pids(before)["ALFA"]


def test_the_broker_is_stopped_and_started_on_order(stage: Stage) -> None:
    stage.up()
    assert orders.stop(stage.folder, "broker", stage.heard, kill=True).state == "stopped"
    assert not look(stage.folder).all_ready
    assert orders.start(stage.folder, "broker", stage.heard).state == "up"


def test_an_order_for_an_unknown_bank_names_the_known_ones(stage: Stage) -> None:
    stage.up(1)
    with pytest.raises(Failure, match="no bank ZULU") as failed:
        orders.stop(stage.folder, "zulu", stage.heard)
    assert "ALFA" in failed.value.why


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only an orderly zygote ends its banks")
@pytest.mark.parametrize("who", ["supervisor", "zygote"])
def test_no_bank_outlives_the_process_that_keeps_it(stage: Stage, who: str) -> None:
    before = stage.up()
    victim = Process.from_json(stage.folder.state()[who])
    assert victim is not None
    os.kill(victim.pid, signal.SIGKILL)
    for pid in pids(before).values():
        process = Process.of(pid)
        assert process is None or process.gone_within(PATIENCE_S)
    if who == "supervisor":
        stage.children.pop().wait()
        assert not stage.start(None).already
    assert stage.again().all_ready
    assert set(pids(stage.again()).values()).isdisjoint(pids(before).values())


def test_a_bank_that_will_not_come_up_is_told_in_its_own_words(stage: Stage) -> None:
    stage.folder.make()
    stage.folder.bank("BRVO").mkdir(parents=True)
    (stage.folder.bank("BRVO") / "broken").touch()
    with pytest.raises(Failure, match="BRVO did not come up") as failed:
        stage.up()
    assert failed.value.code == ExitCode.TIME_OUT
    assert "its database was written by a newer bankfed" in failed.value.detail
    assert "bankfed start BRVO" in failed.value.do
    (stage.folder.bank("BRVO") / "broken").unlink()
    assert stage.start().already
    assert "BRVO was given up; trying again" in stage.heard.lines
    assert stage.again().all_ready


def test_a_wish_that_cannot_be_is_refused_before_anything_is_written(stage: Stage) -> None:
    with pytest.raises(Failure, match="no broker 'nonsense'"):
        start(stage.folder, Wish(broker="nonsense"), stage.heard)
    assert not stage.folder.exists()


def test_a_broker_that_will_not_start_is_told_in_its_own_words_and_the_banks_run(stage: Stage) -> None:
    with pytest.raises(Failure, match="the broker did not start") as failed:
        stage.up(parts=Parts(PARTS.entry, broker="tests.support.readyz_bank:torn_broker"))
    assert failed.value.code == ExitCode.TIME_OUT
    assert "no ink" in failed.value.why
    assert failed.value.detail == "last line of its log"


def test_a_bank_without_the_broker_is_enough_when_the_broker_was_stopped_on_purpose(stage: Stage) -> None:
    stage.up(1)
    orders.stop(stage.folder, "broker", stage.heard)
    (stage.folder.bank("ALFA") / "away").touch()
    status = stage.again()
    assert [bank.state for bank in status.banks] == ["degraded"]
    assert not status.all_ready


def test_a_running_federation_grows(stage: Stage) -> None:
    first = stage.up(1)
    second = stage.up(3)
    assert second.all_ready
    assert [bank.id for bank in second.banks] == ["ALFA", "BRVO", "CHRL"]
    assert second.banks[0].url == first.banks[0].url
    with pytest.raises(Failure, match="may grow, not shrink"):
        stage.up(2)


def test_a_sleeping_federation_grows_too(stage: Stage) -> None:
    stage.up(1)
    stage.down()
    assert len(stage.up(2).banks) == 2


def test_another_seed_is_refused_in_words(stage: Stage) -> None:
    stage.up(1, seed=42)
    with pytest.raises(Failure, match="was made with --seed 42"):
        stage.up(1, seed=43)


def test_two_federations_run_side_by_side(stage: Stage, tmp_path: Path) -> None:
    other = Stage(Folder(tmp_path / "two"))
    other.base = stage.base
    try:
        first, second = stage.up(), other.up()
        assert {bank.url for bank in first.banks}.isdisjoint(bank.url for bank in second.banks)
        assert first.federation_id != second.federation_id
        assert any("another federation of yours" in line for line in other.heard.lines)
        assert look(stage.folder).all_ready
    finally:
        other.close()


def test_fresh_starts_a_new_life(stage: Stage) -> None:
    first = stage.up(2)
    started = start(stage.folder, Wish(banks=1, port_base=stage.base), stage.heard, fresh=True, parts=PARTS)
    assert started.supervisor is not None
    stage.children.append(started.supervisor)
    second = stage.again()
    assert len(second.banks) == 1
    assert second.federation_id != first.federation_id


def test_a_foreign_node_is_started_by_its_command(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(readyz_bank.__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", str(root))
    command = (sys.executable, str(root / "tests/support/readyz_bank.py"), "{bank_id}", "{port}")
    status = stage.up(parts=Parts("", command, PARTS.broker))
    assert status.all_ready
    os.kill(pids(status)["BRVO"], signal.SIGKILL)
    assert stage.again().all_ready


def test_in_the_foreground_everything_ends_with_the_terminal(stage: Stage) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.federation.launcher.test_a_federation_runs import *\n"
        "folder = Folder(Path(sys.argv[1])); wish = Wish(banks=1, port_base=int(sys.argv[2]))\n"
        "start(folder, wish, Heard(), parts=PARTS, attached=True); wait_ready(folder, Heard(), PATIENCE_S)\n"
        "print('ready', flush=True); signal.pause()"
    )
    command = [sys.executable, "-c", code, str(stage.folder.root), str(stage.base)]
    root = Path(readyz_bank.__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, start_new_session=True) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == b"ready\n"
        supervisor = supervisor_of(stage.folder)
        assert supervisor is not None
        shell.kill()
    assert supervisor.gone_within(PATIENCE_S)
    assert look(stage.folder).none_running


@pytest.mark.slow
def test_a_stubborn_bank_is_killed_and_down_says_so(stage: Stage) -> None:
    stage.folder.make()
    stage.folder.bank("ALFA").mkdir(parents=True)
    (stage.folder.bank("ALFA") / "stubborn").touch()
    stage.up(1)
    ended = stage.down()
    assert ("ALFA", "killed, because it had not ended 10 s after SIGTERM") in ended.stopped
    assert ended.left == []
