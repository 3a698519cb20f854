"""What a bank still knows of the lab after it was killed."""

from __future__ import annotations

from pathlib import Path

from bank_node.lab.notebook import FILE, Notebook

BOOT = "boot.recovery=kill@1"


def test_the_environment_kills_once_for_each_time_it_says_so_and_not_for_ever(
    tmp_path: Path,
) -> None:
    for left in (2, 1):
        notebook = Notebook(tmp_path)
        assert notebook.begin([BOOT, BOOT]) == [BOOT] * left
        notebook.write_fired(BOOT)
    assert Notebook(tmp_path).begin([BOOT, BOOT]) == []


def test_another_environment_begins_anew(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.begin([BOOT])
    notebook.write_fired(BOOT)
    assert Notebook(tmp_path).begin([BOOT, "api.start=kill@1"]) == [
        BOOT,
        "api.start=kill@1",
    ]


def test_what_waits_for_the_next_start_is_armed_once(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.begin([])
    notebook.keep_for_next_start([BOOT])
    assert Notebook(tmp_path).begin([]) == [BOOT]
    assert Notebook(tmp_path).begin([]) == []


def test_what_waits_can_be_taken_back(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    notebook.keep_for_next_start([BOOT])
    notebook.forget_next_start()
    assert Notebook(tmp_path).begin([]) == []


def test_a_bank_that_nobody_breaks_gets_no_file_and_a_broken_file_stops_nobody(
    tmp_path: Path,
) -> None:
    Notebook(tmp_path).begin([])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    assert Notebook(tmp_path).begin([BOOT]) == [BOOT]
