"""A submission is graded: taken into custody, let through the gate or not, played in lanes, and scored.

Everything that was started is ended when `grade` returns or raises, and nothing of the submission is left but its
evidence.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from federation.failure import Failure
from federation.grading.bundle import HISTORY
from federation.grading.conformance import Step, gate_of
from federation.grading.course.gate import gate
from federation.grading.course.lane import Lane
from federation.grading.course.outcome import Counts, Outcome, Run
from federation.grading.course.profiles import SMOKE, Profile
from federation.grading.course.standing import Standing, Terms
from federation.grading.custody.limits import what_is_missing
from federation.grading.custody.stay import Stay
from federation.grading.custody.ward import Unfit
from federation.grading.dialect import Dialect
from federation.grading.ground.brokers import Brokers
from federation.grading.ground.federation import Ended, Federation, Waiting
from federation.grading.scenarios.stage import LONG, Scene
from federation.grading.scenarios.table import scenes
from federation.grading.score import Result, score
from federation.grading.sheet import SCENARIOS
from federation.grading.town import make_town

EVIDENCE, LOGS = "evidence", "logs"  # the second: of those that did not come to stand
GATE = "gate"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be graded and how. `seed` None: the hidden one of these files."""

    folder: Path
    given: str
    profile: Profile
    out: Path
    seed: int | None = None
    only: frozenset[str] = frozenset()
    gate: bool = True  # False: of bundled ones, which are known to pass it
    crowd: int = 1  # times as many orders as a course has


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears of what while it goes on; from several threads, one at a time."""

    said: Callable[[str], None] = lambda _: None
    ran: Callable[[Run], None] = lambda _: None


def home() -> Path:
    """Where all graders of this user keep what lives only as long as they do. Its name can be guessed by everybody
    who may write there, so it must be his own. Raises Failure."""
    who = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"bankfed-grading-{who}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != who or found.st_mode & 0o022:
        why = "somebody else made it, or may write into it"
        raise Failure(f"{folder} is no safe place for submissions", why=why, do="TMPDIR=a folder of your own")
    return folder


def grade(wish: Wish, told: Told = Told(), brokers: Brokers | None = None) -> Outcome:
    """Raises Failure where it is the grader's own trouble, or no submission at all. `brokers`: somebody's who grades
    several, one after the other."""
    begun_s, begun_at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    with ExitStack() as everything:
        own = brokers or everything.enter_context(Brokers(home(), told.said))
        stay = everything.enter_context(Stay(home(), wish.folder))
        grading = Grading(wish, told, stay, own)
        everything.callback(grading.close)
        steps, runs = grading.run()
        node, gated = stay.node.submission, gate_of(steps)
        results: Iterable[Result] = (run.result for run in runs)
        return Outcome(
            node.name,
            wish.given,
            wish.profile.name,
            grading.seed,
            wish.seed is None,
            grading.digest,
            begun_at,
            time.monotonic() - begun_s,
            score(results, gated, stay.node.lacks(), wish.profile.on_the_sheet()),
            tuple(steps),
            tuple(runs),
            grading.counts,
            _versions(),
            node.language,
            node.level,
            tuple(dict.fromkeys(grading.complaints)),
            (*grading.notes, *what_is_missing(), *([stay.network_words()] if node.setup else [])),
            tuple(run.result.proof for run in runs if run.result.proof.startswith("The grader")),
            wish.out,
        )


class Grading:
    """Of one submission, from its set-up command on."""

    def __init__(self, wish: Wish, told: Told, stay: Stay, brokers: Brokers) -> None:
        self.wish, self.stay, self._told, self._brokers = wish, stay, told, brokers
        self.seed = stay.hidden_seed if wish.seed is None else wish.seed
        self.town = make_town(self.seed, wish.profile.banks)
        self.words = Dialect(stay.node.adapter)
        self.counts, self.complaints, self.notes, self.digest = Counts(), list[str](), list[str](), ""
        self._waiting, self._lock = Waiting(), threading.Lock()
        self._foundings = 0
        self._known = scenes()
        profile = wish.profile
        said = f" --profile {profile.name}" if profile.name == SMOKE.name else ""  # it has fewer banks
        repro = f"bankfed grade {shlex.quote(wish.given)}{said} --scenario {{scenario}} --seed {{seed}}"
        self._terms = Terms(self.seed, profile.patience_s, profile.late_s, profile.scale, wish.only, wish.crowd, repro)

    def run(self) -> tuple[list[Step], list[Run]]:
        clear(self.wish.out)
        try:
            if self.stay.node.submission.setup:
                self._told.said(f"set-up: {self.stay.set_up():.1f} s")
        except Unfit as unfit:
            self.stay.lodging.save_logs(self.wish.out / LOGS)
            self._told.said(f"what the set-up command printed is in {self.wish.out / LOGS}")
            return [Step("its set-up command does its work", str(unfit.complaint))], []
        if not self.wish.gate:
            return [], self._lanes()
        steps = gate(lambda: self._federation("short", GATE, 1, banks=2), self.words, self._waiting)
        self._told.said(f"gate: {next((step.complaint for step in steps if step.complaint), 'passed')}")
        return steps, [] if any(step.complaint for step in steps) else self._lanes()

    def close(self) -> None:
        """Also in the middle of everything."""
        self._waiting.end()

    def _lanes(self) -> list[Run]:
        """In the order of the sheet."""
        lacks = self.stay.node.lacks()
        wanted = [self._known[id_] for id_ in self.wish.profile.tried if id_ in self._known]
        wanted = [scene for scene in wanted if _needs(scene) not in lacks]
        narrow, wide = [[one for one in wanted if (one.nodes > 1) is many] for many in (False, True)]
        runs = self._beside(
            {
                "short": [scene for scene in narrow if scene.lane != LONG],
                "long": [scene for scene in narrow if scene.lane == LONG],
            }
        )
        if wide:  # three nodes take as much memory as both lanes did
            for name in ("short", "long"):
                self._brokers.drop(name)
            runs += self._beside({"wide": wide})
        places = {id_: place for place, id_ in enumerate(self.wish.profile.tried)}
        return sorted(runs, key=lambda run: (places.get(run.scenario, 0), run.number))

    def _beside(self, by_lane: Mapping[str, Sequence[Scene]]) -> list[Run]:
        with ThreadPoolExecutor(len(by_lane), thread_name_prefix="lane") as pool:
            return self._all([pool.submit(self._lane, name, of_one) for name, of_one in by_lane.items() if of_one])

    def _all(self, going: Sequence[Future[list[Run]]]) -> list[Run]:
        try:
            return [run for one in going for run in one.result()]
        except BaseException:  # also Ctrl-C: the other lane ends too, before it is waited for
            self._waiting.end()
            raise

    def _lane(self, name: str, of_one: Sequence[Scene]) -> list[Run]:
        lane = Lane(lambda nodes: self.found(name, nodes), self._ran)
        try:
            return list(lane.run(of_one, self.wish.profile.runs))
        except Ended as ended:
            raise Failure("it was interrupted") from ended

    def _ran(self, run: Run) -> None:
        with self._lock:
            self._told.ran(run)

    def found(self, lane: str, nodes: int) -> _Counted:
        """Raises Unfit, Failure."""
        with self._lock:
            self._foundings += 1
            name = f"{lane}-{self._foundings}"
        try:
            federation = self._federation(lane, name, nodes)
        except Failure as failure:  # perhaps what was done to this broker is more than it could take
            self._told.said(f"founded once more, on a new broker: {failure.what}: {failure.why}")
            self._brokers.drop(lane)
            federation = self._federation(lane, name, nodes)
        try:
            federation.wait_ready()
            return _Counted(federation, self.wish.out / EVIDENCE / name, self._terms, self.words, self._count)
        except BaseException:
            federation.keep_logs(self.wish.out / LOGS / name)
            federation.close()
            raise

    def _federation(self, lane: str, name: str, nodes: int, banks: int = 0) -> Federation:
        town = make_town(self.seed, banks) if banks else self.town
        return Federation(self.stay, self._brokers.broker(lane, nodes), town, name, self.seed, self._waiting)

    def _count(self, standing: Standing, more: Counts) -> None:
        wards = standing.federation.wards.values()
        with self._lock:
            self.complaints += [str(one) for ward in wards for one in ward.complaints]
            self.notes += [note for note in standing.federation.notes() if note not in self.notes]
            self.digest = self.digest or standing.tellers.plan().digest
            self.counts = self.counts.plus(more)


class _Counted(Standing):
    """One that is counted after each scenario."""

    def __init__(
        self,
        federation: Federation,
        folder: Path,
        terms: Terms,
        words: Dialect,
        count: Callable[[Standing, Counts], None],
    ) -> None:
        super().__init__(federation, folder, terms, words)
        self._count, self._told = count, Counts()

    def round(self, scene: Scene, number: int = 1, again: bool = False) -> Run:
        run = super().round(scene, number, again)
        now = self.counted()
        self._count(self, now.since(self._told))
        self._told = now
        return run


def clear(out: Path) -> None:
    """What a run left there that was ended; nothing that is not a run's."""
    for history in out.glob(f"{EVIDENCE}/*/{HISTORY}"):
        shutil.rmtree(history.parent)


def _needs(scene: Scene) -> str:
    return next((one.needs for one in SCENARIOS if one.id == scene.id), "")


def _versions() -> dict[str, str]:
    said = {"python": platform.python_version(), "platform": platform.platform(), "processors": str(os.cpu_count())}
    for name in ("bankfed", "kafka-python"):
        try:
            said[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            said[name] = "not installed"
    return said | {"grader": sys.executable}
