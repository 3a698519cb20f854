"""Where graders keep submissions while they grade: a folder that nobody else has prepared."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from federation.failure import Failure
from federation.grading.course.grading import home


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As /tmp."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_ones_own_and_the_same_the_next_time(shared: Path) -> None:
    assert home() == home()
    assert home().stat().st_mode & 0o777 == 0o700
    assert home().parent == shared


def test_one_that_others_may_write_into_is_not_taken(shared: Path) -> None:
    home().chmod(0o777)
    with pytest.raises(Failure, match="no safe place"):
        home()


def test_one_that_leads_elsewhere_is_not_taken(shared: Path) -> None:
    made = home()
    made.rmdir()
    made.symlink_to(shared)
    with pytest.raises(Failure, match="no safe place"):
        home()
