"""`bankfed demo`: the lesson on real banks and a real broker; it ends with the laws and leaves all running."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.cli import main
from federation.cli.show import TickList
from federation.folder import Folder
from federation.launcher import starting, stopping
from federation.launcher.plan import Wish
from federation.launcher.status import look


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """Two banks on Kafka, on ports of their own, in a folder with a blank and an accent in its name."""
    folder, quiet = Folder(tmp_path / "la démo"), TickList(quiet=True)
    started = starting.start(folder, Wish(banks=2, any_port=True), quiet)
    try:
        starting.wait_ready(folder, quiet)
        yield folder
    finally:
        assert stopping.down(folder, quiet).left == []
        assert started.supervisor is not None
        started.supervisor.wait(10)


@pytest.mark.kafka
def test_the_lesson_pays_kills_the_broker_pays_again_and_proves_it(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(folder.root)
    assert main(["demo", "--data", data]) == 0
    told = capsys.readouterr().out
    for words in (
        "1. A payment",
        "2. The broker dies",
        "[Queued]",
        "The same transfer, not a second one.",
        "[Completed]",
    ):
        assert words in told
    assert "No cent moved wrongly. 0 of 2 transfers are still under way." in told
    assert main(["demo", "--json", "--data", data]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [payment["status"] for payment in answer["payments"]] == ["completed", "completed"]
    assert all(law["ok"] for law in answer["laws"])
    assert look(folder).all_ready
    assert main(["doctor", "--data", data]) == 0
    assert main(["verify", "--json", "--data", data]) == 0
