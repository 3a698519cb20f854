"""How a run compares with the last one, scenario by scenario. The last one is known by its results.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from federation.grading.score import PASS, Score, rounded

NEWLY_FIXED, NEWLY_BROKEN, BETTER, WORSE, SAME, NEW = "newly fixed", "newly broken", "better", "worse", "same", "new"


@dataclass(frozen=True, slots=True)
class Last:
    """What is remembered of a run: its score, and of each scenario the verdict and the share of its points."""

    score: float
    profile: str
    begun_at: str
    verdicts: Mapping[str, str]
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Progress:
    last: Last
    marks: Mapping[str, str]  # by scenario

    def marked(self, mark: str) -> list[str]:
        return [id_ for id_, own in self.marks.items() if own == mark]


def remembered(score: Score, profile: str, begun_at: str) -> dict[str, Any]:
    """What `read_last` will want to know, as it stands in results.json under `extra_data`, `bankfed`."""
    shares = {line.scenario.id: float(line.points / line.of) if line.of else 0.0 for line in score.lines}
    return {
        "score": rounded(score.total),
        "profile": profile,
        "begun_at": begun_at,
        "verdicts": {line.scenario.id: line.verdict for line in score.lines},
        "shares": {id_: round(share, 3) for id_, share in shares.items()},
    }


def read_last(file: Path) -> Last | None:
    """None where there was no last run, or nothing that can be read as one: a report is written all the same."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))["extra_data"]["bankfed"]
        shares = {str(id_): float(share) for id_, share in said["shares"].items()}
        verdicts = {str(id_): str(verdict) for id_, verdict in said["verdicts"].items()}
        return Last(float(said["score"]), str(said["profile"]), str(said["begun_at"]), verdicts, shares)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def progress(score: Score, last: Last | None) -> Progress | None:
    if last is None:
        return None
    now = remembered(score, "", "")
    return Progress(last, {id_: _mark(id_, now["verdicts"][id_], share, last) for id_, share in now["shares"].items()})


def _mark(id_: str, verdict: str, share: float, last: Last) -> str:
    before = last.verdicts.get(id_)
    if before is None or id_ not in last.shares:
        return NEW
    if (before == PASS) != (verdict == PASS):
        return NEWLY_FIXED if verdict == PASS else NEWLY_BROKEN
    change = share - last.shares[id_]
    return SAME if abs(change) < 0.01 else BETTER if change > 0 else WORSE
