"""How much of the sheet is tried, on how many banks, how often, and how long anybody waits: data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from federation.failure import ExitCode, Failure
from federation.grading.sheet import SCENARIOS


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    banks: int
    patience_s: float  # T: in which everything is final after healing
    seconds_max: int  # what it may take in all, on one processor, Kafka included
    scenarios: tuple[str, ...] | None = None  # None: the whole sheet
    runs: int = 1  # of each scenario; the worst counts
    scale: float = 1.0  # of faults whose length the sheet does not name
    late_s: float = 15.0  # so long is waited for what is only late

    @property
    def tried(self) -> tuple[str, ...]:
        return self.scenarios if self.scenarios is not None else tuple(one.id for one in SCENARIOS)

    def on_the_sheet(self) -> Collection[str] | None:
        """As `score` wants it."""
        return self.scenarios


SMOKE = Profile(
    "smoke",
    banks=2,
    patience_s=15.0,
    seconds_max=90,
    scenarios=("A2", "A3", "N5", "N11", "N12", "W4", "W6", "N25", "N28", "F1"),
    scale=0.3,
    late_s=5.0,
)
COURSE = Profile("course", banks=3, patience_s=30.0, seconds_max=8 * 60)
FULL = Profile("full", banks=3, patience_s=60.0, seconds_max=30 * 60, runs=3)
ALONE = Profile("scenario", banks=3, patience_s=30.0, seconds_max=5 * 60)  # of `--scenario`

PROFILES = {profile.name: profile for profile in (SMOKE, COURSE, FULL)}


def profile(name: str) -> Profile:
    """Raises Failure in words."""
    found = PROFILES.get(name)
    if found is None:
        why = f"there are {', '.join(PROFILES)}"
        raise Failure(f"there is no profile {name}", why=why, code=ExitCode.USAGE)
    return found
