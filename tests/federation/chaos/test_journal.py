"""What is broken is written down before it is broken, and read by whoever comes after."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.chaos import journal as journals
from federation.chaos.journal import CAPPED, DOWN, PAUSED, Journal
from federation.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "die Bänke")


def test_a_debt_is_in_the_file_as_soon_as_it_is_owed_and_gone_when_it_is_paid(folder: Folder) -> None:
    journal = journals.of(folder)
    journal.owe("ALFA", DOWN)
    journal.owe("ALFA", DOWN)
    journal.owe("broker", PAUSED)
    assert journals.of(folder).debts == (("ALFA", DOWN), ("broker", PAUSED))
    assert journals.is_open(folder)
    journal.paid("ALFA", DOWN, PAUSED)
    journal.paid("broker", PAUSED)
    assert journals.of(folder).debts == ()
    assert not journals.is_open(folder)


def test_another_life_of_the_supervisor_owes_only_that_the_broker_is_woken(folder: Folder) -> None:
    journal = journals.of(folder)
    journal.begin({"pid": 1, "birth": 1.0})
    for who, what in (("ALFA", DOWN), ("BRVO", CAPPED), ("broker", DOWN), ("broker 2", PAUSED)):
        journal.owe(who, what)
    same = journals.of(folder)
    same.begin({"pid": 1, "birth": 1.0})
    assert len(same.debts) == 4
    other = journals.of(folder)
    other.begin({"pid": 2, "birth": 2.0})
    assert other.debts == (("broker 2", PAUSED),)


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"'])
def test_a_file_that_cannot_be_read_owes_nothing(folder: Folder, content: str) -> None:
    folder.run.mkdir(parents=True)
    journals.path(folder).write_text(content)
    assert Journal(journals.path(folder)).debts == ()
    assert not journals.is_open(folder)
