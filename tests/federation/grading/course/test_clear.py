"""A folder for reports that was used before: what a run left there goes, what is somebody else's stays."""

from __future__ import annotations

from pathlib import Path

from federation.grading.course.grading import clear


def test_only_evidence_of_a_run_goes(tmp_path: Path) -> None:
    for name in ("short-1", "mine"):
        (tmp_path / "evidence" / name).mkdir(parents=True)
    (tmp_path / "evidence" / "short-1" / "history.jsonl").touch()
    (tmp_path / "evidence" / "mine" / "letter.txt").touch()
    (tmp_path / "report.html").touch()
    clear(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["evidence", "letter.txt", "mine", "report.html"]
    clear(tmp_path / "nowhere")
