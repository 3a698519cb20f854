"""One federation after the other, and scenarios on them one after the other. Two lanes run beside each other, each in a
thread of its own: what takes minutes of waiting holds nobody up.

A federation is founded anew after a scenario that left something behind: a finding, a dead bank, a history too long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from federation.failure import Failure
from federation.grading.blame import Blame, Blamed
from federation.grading.checkers.finding import Finding
from federation.grading.course.outcome import Run
from federation.grading.custody.ward import Unfit
from federation.grading.ground.federation import Ended
from federation.grading.scenarios.stage import Scene
from federation.grading.score import NOT_EXERCISED, Result

CUSTODY = "custody"
FOUNDINGS_MAX = 2  # that fail one after the other: then nobody tries any more


class Stands(Protocol):
    """`standing.Standing`, as far as a lane needs it."""

    @property
    def is_spent(self) -> bool: ...

    def round(self, scene: Scene, number: int = 1, again: bool = False) -> Run: ...

    def close(self) -> None: ...


Found = Callable[[int], Stands]  # on a broker of so many nodes; raises Unfit and Failure
Told = Callable[[Run], None]


class Lane:
    def __init__(self, found: Found, told: Told) -> None:
        """`told` hears of each run at once."""
        self._found, self._told = found, told
        self._standing: Stands | None = None
        self._nodes = 0
        self._failed = 0
        self._why: Unfit | Failure | None = None

    def run(self, scenes: Iterable[Scene], runs: int = 1) -> Iterator[Run]:
        """Those that need another broker come last. Raises Ended."""
        in_turn = sorted(scenes, key=lambda scene: scene.nodes)
        try:
            for number in range(1, runs + 1):
                for scene in in_turn:
                    run = self.play(scene, number)
                    for each in (run, *(replace(run, result=other) for other in _others(scene, run))):
                        self._told(each)
                        yield each
        finally:
            self._leave()

    def close(self) -> None:
        self._leave()

    def play(self, scene: Scene, number: int) -> Run:
        """A fault that did not bite is laid once more, in a stronger plan; what was found meanwhile counts."""
        run = self._round(scene, number, again=False)
        if run.result.verdict != NOT_EXERCISED or self._failed:
            return run
        again = self._round(scene, number, again=True)
        proof = "; ".join(dict.fromkeys((again.result.proof, f"at first: {run.result.proof}")))
        return replace(again, result=replace(again.result, proof=proof))

    def _round(self, scene: Scene, number: int, again: bool) -> Run:
        try:
            standing = self._stands(scene.nodes)
        except Unfit as unfit:
            words = str(unfit.complaint)
            found = Blamed(Finding(CUSTODY, words, "a node that starts, and is ready", "it was not"), Blame.NODE)
            return Run(Result(scene.id, (found,), proof=words), number)
        except Failure as failure:
            words = f"The federation could not be founded: {failure.what}. {failure.why}".strip()
            return Run(Result(scene.id, exercised=False, proof=words), number)
        try:
            run = standing.round(scene, number, again)
        except Ended:
            raise
        except Exception as error:  # of whatever anybody may have answered: the other scenarios are judged all the same
            self._leave()
            proof = f"The grader came to grief: {type(error).__name__}: {error}"
            return Run(Result(scene.id, exercised=False, proof=proof), number)
        if standing.is_spent:
            self._leave()
        return run

    def _stands(self, nodes: int) -> Stands:
        if self._standing is not None and nodes == self._nodes:
            return self._standing
        self._leave()
        if self._failed >= FOUNDINGS_MAX and self._why is not None:
            raise self._why
        try:
            self._standing = self._found(nodes)
        except (Unfit, Failure) as error:
            self._failed, self._why = self._failed + 1, error
            raise
        self._nodes, self._failed = nodes, 0
        return self._standing

    def _leave(self) -> None:
        standing, self._standing = self._standing, None
        if standing is not None:
            with suppress(Failure, OSError, ValueError):  # what cannot be written any more is no verdict
                standing.close()


def _others(scene: Scene, run: Run) -> Sequence[Result]:
    """Where nothing could be judged they came to what the play came to."""
    return run.others or [replace(run.result, scenario=id_) for id_ in scene.also]
