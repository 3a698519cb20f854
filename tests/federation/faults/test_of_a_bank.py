"""What is done to one bank: killed once, again and again, while it starts; paused, its disk full, its database locked,
its clock wrong. On paper, but for the database, which is one.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from federation.failure import Failure
from federation.faults import bank_kill_start, bank_pause
from federation.faults.bank_kill import BankKill
from federation.faults.bank_kill_start import BankKillStart
from federation.faults.bank_kills import BankKills
from federation.faults.bank_pause import BankPause
from federation.faults.clock_skew import ClockSkew
from federation.faults.database_lock import DatabaseLock
from federation.faults.disk_full import DiskFull
from federation.faults.fault import Bite
from federation.world import Dice
from tests.support.paper_site import PaperProcess, PaperSite


def test_a_killed_bank_stays_down_until_it_is_healed() -> None:
    site = PaperSite()
    fault = BankKill(site, "BRVO")
    fault.inject()
    assert not site.banks["BRVO"].is_running
    fault.heal()
    fault.heal()
    assert site.deeds == ["BRVO kill", "BRVO start", "BRVO ready", "BRVO ready"]
    assert fault.bite().bit


def test_to_kill_who_is_dead_proves_nothing() -> None:
    site = PaperSite()
    site.banks["BRVO"].is_running = False
    fault = BankKill(site, "BRVO")
    fault.inject()
    fault.heal()
    assert not fault.bite().bit
    assert site.is_whole


def test_banks_are_killed_again_and_again_until_it_is_healed() -> None:
    site, enough = PaperSite(), threading.Event()
    kills = BankKills(site, dice=Dice("a few"), every_s=(0.001, 0.002), enough=5)
    kills.on_kill = lambda _: enough.set() if kills.kills >= 5 else None
    kills.inject()
    assert enough.wait(10)
    kills.heal()
    assert site.is_whole
    assert kills.bite().bit
    assert len({deed for deed in site.deeds if deed.endswith("kill")}) > 1  # not always the same one
    before = list(site.deeds)
    assert before.count("ALFA kill") + before.count("BRVO kill") + before.count("CHRL kill") == kills.kills


def test_one_that_does_not_start_any_more_is_told_of_when_it_is_healed() -> None:
    site, tried = PaperSite(), threading.Event()

    class Mortal(PaperProcess):
        def start(self, *, clock_offset_ms: int = 0, failpoints: str = "") -> None:
            if "ALFA start" in site.deeds:
                tried.set()
                raise Failure("it does not start any more")
            super().start()

    site.banks["ALFA"] = Mortal("ALFA", site.clock)
    kills = BankKills(site, "ALFA", every_s=(0.001, 0.002))
    kills.inject()
    assert tried.wait(10)
    with pytest.raises(Failure, match="does not start any more"):
        kills.heal()


def test_a_bank_is_killed_at_shares_of_the_time_its_start_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    ready_from_s = 0.8
    site, waited = PaperSite(), list[float]()
    site.clock.each_wait = lambda: None
    site.wait = waited.append
    monkeypatch.setattr(bank_kill_start, "is_ready", lambda *_: waited[-1] >= ready_from_s)
    fault = BankKillStart(site, "BRVO", Dice("starts"))
    fault.inject()
    fault.heal()
    assert len(waited) == 5
    assert waited == sorted(waited)
    assert 0 <= waited[0] < waited[-1] < 1.0  # a start takes a second on paper
    dead = sum(one < ready_from_s for one in waited)
    assert fault.bite() == Bite(True, f"BRVO was killed 5 times while it started, {dead} times before it was ready")
    assert site.is_whole


def test_a_bank_that_is_ready_at_once_is_not_killed_while_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_kill_start, "is_ready", lambda *_: True)
    fault = BankKillStart(PaperSite(), "BRVO")
    fault.inject()
    fault.heal()
    assert not fault.bite().bit


@pytest.mark.parametrize("answers", [True, False])
def test_a_pause_is_proven_by_silence(monkeypatch: pytest.MonkeyPatch, *, answers: bool) -> None:
    monkeypatch.setattr(bank_pause, "is_ready", lambda *_: answers)
    site = PaperSite()
    fault = BankPause(site, "ALFA")
    fault.inject()
    fault.heal()
    assert site.deeds == ["ALFA pause", "ALFA resume"]
    assert fault.bite().bit is not answers


def test_a_full_disk_is_a_limit_that_is_lifted_again() -> None:
    site = PaperSite()
    fault = DiskFull(site, "ALFA")
    fault.inject()
    fault.heal()
    assert site.deeds == ["ALFA cap 0", "ALFA cap None"]
    assert fault.bite().bit


def test_where_files_cannot_be_limited_nothing_is_broken() -> None:
    site = PaperSite()
    site.banks["ALFA"].cap_files = lambda most_bytes: False  # type: ignore[method-assign]
    fault = DiskFull(site, "ALFA")
    with pytest.raises(Failure, match="can not be kept from growing"):
        fault.inject()
    assert not fault.bite().bit


def test_while_a_database_is_locked_nobody_else_writes(tmp_path: Path) -> None:
    file, site = tmp_path / "bank.db", PaperSite()
    mine = sqlite3.connect(file, timeout=0, isolation_level=None)
    mine.execute("PRAGMA journal_mode = WAL")
    mine.execute("CREATE TABLE money (cents INTEGER)")
    site.banks["ALFA"].database = file
    fault = DatabaseLock(site, "ALFA")
    fault.inject()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        mine.execute("INSERT INTO money VALUES (1)")
    assert mine.execute("SELECT count(*) FROM money").fetchone() == (0,)  # reading goes on
    fault.heal()
    mine.execute("INSERT INTO money VALUES (1)")
    fault.heal()
    mine.close()
    assert fault.bite().bit


@pytest.mark.parametrize("there", [None, "nothing.db"])
def test_a_database_that_nobody_knows_is_not_locked(tmp_path: Path, there: str | None) -> None:
    site = PaperSite()
    site.banks["ALFA"].database = tmp_path / there if there else None
    fault = DatabaseLock(site, "ALFA")
    with pytest.raises(Failure, match="database"):
        fault.inject()
    fault.heal()
    assert not fault.bite().bit
    assert not list(tmp_path.iterdir())  # and none was made


def test_a_wrong_clock_is_a_start_with_an_offset_and_the_right_one_another_start() -> None:
    site, offsets = PaperSite(), list[int]()

    class Clocked(PaperProcess):
        def start(self, *, clock_offset_ms: int = 0, failpoints: str = "") -> None:
            offsets.append(clock_offset_ms)
            super().start()

    site.banks["ALFA"] = Clocked("ALFA", site.clock)
    fault = ClockSkew(site, "ALFA", -3_600_000)
    fault.inject()
    fault.heal()
    fault.heal()
    assert offsets == [-3_600_000, 0]
    assert fault.bite().proof == "the clock of ALFA was 3600 s behind"
    assert site.is_whole


def test_a_clock_that_somebody_else_set_wrong_is_put_right() -> None:
    site = PaperSite()
    ClockSkew(site, "ALFA").heal()
    assert site.deeds == ["ALFA stop", "ALFA start", "ALFA ready"]
