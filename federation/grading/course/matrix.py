"""The grader graded: each bundled submission with a bug on the scenarios that must catch it, each correct one on all,
with one seed after the other. Every cell is a line of a file, so a matrix that was ended goes on where it stood.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from federation.failure import ExitCode, Failure
from federation.grading.course.grading import Told, Wish, grade, home
from federation.grading.course.outcome import Outcome
from federation.grading.course.profiles import ALONE
from federation.grading.ground.brokers import Brokers
from federation.grading.score import NOT_EXERCISED, PASS
from federation.grading.submissions import VARIANTS, folder_of

# Which scenario must catch which bug, the surest first (design 80, G9)
KILLERS: Mapping[str, tuple[str, ...]] = {
    "m01": ("N11",), "m02": ("N11",), "m03": ("W4",), "m04": ("W4",), "m05": ("N20",), "m06": ("W3",),
    "m07": ("N4", "W1"), "m08": ("N4",), "m09": ("A3",), "m10": ("A4", "F3"), "m11": ("A3",), "m12": ("A2",),
    "m13": ("A2",), "m14": ("F1",), "m15": ("N7", "N20"), "m16": ("N28", "N13"), "m17": ("N28",), "m18": ("F3",),
    "m19": ("N30",), "m20": ("N25",), "m21": ("N23",), "m22": ("N27",), "m23": ("N26",), "m24": ("N4",),
    "m25": ("N4",), "m26": ("W6",), "m27": ("N19",), "m28": ("F2",), "m29": ("W4",), "m30": ("N24",), "c0": ("A2",),
}  # fmt: skip
RIGHT = ("reference", *VARIANTS)
MAY_LOSE = {("v6", "N4")}


@dataclass(frozen=True, slots=True)
class Cell:
    """A scenario played by a submission with a seed, and what came of it. `checkers`: who found something."""

    submission: str
    scenario: str
    seed: int
    verdict: str
    checkers: tuple[str, ...]
    seconds: float
    sentence: str

    @property
    def key(self) -> tuple[str, str, int]:
        return self.submission, self.scenario, self.seed

    @property
    def is_right(self) -> bool:
        """A bug that was caught, or a bank without one that was let go."""
        if self.verdict == NOT_EXERCISED:
            return False
        caught = self.verdict != PASS
        if self.submission in KILLERS:
            return caught
        return not caught or (self.submission, self.scenario) in MAY_LOSE


def wanted(names: Sequence[str], scenario: str, runs: int) -> list[tuple[str, str, int]]:
    """Seed by seed, so that what is there after an hour says something about all. Raises Failure."""
    unknown = [name for name in names if name not in (*KILLERS, *RIGHT)]
    if unknown:
        why = "there are m01 to m30, c0, reference and v1 to v6"
        raise Failure(f"there is no bundled submission {unknown[0]}", why=why, code=ExitCode.USAGE)
    cells = []
    for seed in range(1, runs + 1):
        for name in names or KILLERS:
            tried = (scenario,) if scenario else KILLERS.get(name) or tuple(ALONE.tried)
            cells += [(name, id_, seed) for id_ in tried]
    return cells


def play(cells: Iterable[tuple[str, str, int]], file: Path, out: Path, told: Callable[[Cell], None]) -> Iterator[Cell]:
    """Those that the file knows already are taken from there."""
    known = {cell.key: cell for cell in read(file)}
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as end:
        end.write("\n" if end.tell() else "")  # a line that was cut short ends here
    with Brokers(home()) as brokers:
        for key in cells:
            cell = known.get(key)
            if cell is None:
                cell = _played(*key, out, brokers)
                with file.open("a", encoding="utf-8") as rows:
                    rows.write(json.dumps(asdict(cell)) + "\n")
                told(cell)
            yield cell


def read(file: Path) -> list[Cell]:
    """A last line that was cut short is left out."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            said = json.loads(line or "{}")
            found.append(Cell(**{**said, "checkers": tuple(said["checkers"])}))
        except (ValueError, TypeError, KeyError):
            continue
    return found


def _played(name: str, scenario: str, seed: int, out: Path, brokers: Brokers) -> Cell:
    from dataclasses import replace

    from federation.grading.scenarios.table import scene

    folder = folder_of(name)
    assert folder is not None, name
    profile = replace(ALONE, scenarios=(scene(scenario).id,))
    wish = Wish(folder, name, profile, out / f"{name}-{scenario}-{seed}", seed, gate=False)
    return _cell(name, scenario, seed, grade(wish, Told(), brokers))


def _cell(name: str, scenario: str, seed: int, outcome: Outcome) -> Cell:
    runs = outcome.runs_of(scenario) or list(outcome.runs)
    if not runs:
        return Cell(name, scenario, seed, NOT_EXERCISED, (), round(outcome.seconds, 1), "the node does not offer it")
    run = runs[0]
    found = tuple(sorted({one.finding.checker for one in run.result.against_the_node}))
    return Cell(name, scenario, seed, run.result.verdict, found, round(outcome.seconds, 1), run.result.sentence)


def rows(cells: Iterable[Cell]) -> list[tuple[str, str, str, str]]:
    """Submission, scenario, how many of how many came out right, and who found something."""
    by_pair: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        by_pair.setdefault((cell.submission, cell.scenario), []).append(cell)
    return [
        (
            name,
            scenario,
            f"{sum(cell.is_right for cell in of_one)} of {len(of_one)}",
            " ".join(sorted({checker for cell in of_one for checker in cell.checkers})),
        )
        for (name, scenario), of_one in by_pair.items()
    ]
