"""A federation that stands, from its founding on: scenario after scenario is played on it, and after each all that ever
happened there is judged. What was found before is not found again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from federation.failure import Failure
from federation.faults.fault import Bite
from federation.grading.blame import Blame, Blamed, blamed
from federation.grading.bundle import HISTORY, write_bundle
from federation.grading.calls import FINAL_READER, OK, READ_ACCOUNT, TRANSFER, Call
from federation.grading.checkers import check
from federation.grading.checkers.finding import DIAGNOSIS, Finding
from federation.grading.clock import now_us
from federation.grading.course.mending import mend, mend_roughly
from federation.grading.course.news import News
from federation.grading.course.on_stage import STRONGER, OnStage
from federation.grading.course.outcome import Counts, Run
from federation.grading.course.tellers import Tellers
from federation.grading.custody.ward import Unfit
from federation.grading.dialect import Dialect
from federation.grading.evidence import KILLED, Evidence, Fault, HostileRecord, InjectedLoss
from federation.grading.ground.busy import slack
from federation.grading.ground.federation import Ended, Federation
from federation.grading.history import History
from federation.grading.replay import replay
from federation.grading.scenarios.stage import Scene
from federation.grading.score import Result
from federation.world import Dice

UNJUDGED = "unjudged.jsonl"
CUSTODY, REPLAY = "custody", "replay"  # stand where a checker's id would
LINES_MAX = 60_000  # of statements in a history: beyond it the next scenario gets a new one


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for all scenarios of a run."""

    seed: int
    patience_s: float
    late_s: float
    scale: float = 1.0
    only: frozenset[str] = frozenset()
    crowd: int = 1  # times as many orders at each event
    repro: str = "bankfed grade FOLDER --scenario {scenario} --seed {seed}"


class Standing:
    def __init__(self, federation: Federation, folder: Path, terms: Terms, words: Dialect) -> None:
        """`folder`: where its evidence is written; it must not exist yet."""
        self.federation, self.folder, self.terms = federation, folder, terms
        self._news = News()
        self._faults: list[Fault] = []
        self._hostile: list[HostileRecord] = []
        self._losses: list[InjectedLoss] = []
        self._is_sound, self._slack = True, 1.0
        self._last: Evidence | None = None
        self._judged_bytes = 0  # of the history
        folder.mkdir(parents=True)
        with ExitStack() as undo:
            undo.callback(federation.close)
            urls = {bank.bank: bank.url for bank in federation.in_custody.values()}
            history = folder / HISTORY
            self.tellers = undo.enter_context(
                Tellers(federation.town, urls, words, history, terms.seed, terms.only, terms.crowd)
            )
            self._undo = undo.pop_all()

    @property
    def is_spent(self) -> bool:
        """The next scenario gets another one: something was found, somebody is dead, or it has become too long."""
        lines = sum(len(call.answer.get("lines", ())) for call in self.tellers.calls())
        return not self._is_sound or lines > LINES_MAX

    def round(self, scene: Scene, number: int = 1, again: bool = False) -> Run:
        """Raises Ended."""
        begun_us = now_us()
        self._slack = max(self._slack, slack())
        stage = self._stage(scene, number, again)
        dead: list[str] = []
        trouble = ""
        try:
            bite = scene.act(stage)
            mend(self.federation)
        except Ended:
            raise
        except Exception as error:  # of whatever a scenario came upon
            bite, unfit = Bite(True, ""), _unfit(error)
            dead, trouble = ([str(unfit.complaint)], "") if unfit else ([], _sentence(error))
        self._faults += stage.faults
        self._hostile += stage.hostile
        self._losses += stage.losses
        dead = dead or [str(one) for bank in self.federation.in_custody.values() for one in bank.complaints]
        if trouble:
            mend_roughly(self.federation)
            result = Result(scene.id, exercised=False, proof=f"The grader came to grief: {trouble}")
            self._is_sound = False
            return self._run(result, stage, number, again, begun_us, None)
        healed_us = now_us()
        self._slack = max(self._slack, slack())  # who came while it was played made it slow too
        evidence = self._evidence(healed_us, wait=not dead, everything=scene.rereads)
        if bite.bit and not self._moved(begun_us):  # who refuses everybody was not tried out
            bite = Bite(False, f"{bite.proof}; no order at all was accepted")
        result = Result(scene.id, tuple(self._judged(evidence, dead)), bite.bit, bite.proof)
        # whoever is to blame: what is found once more in a later scenario would be no news there
        self._is_sound = not (dead or any(one.finding.weight != DIAGNOSIS for one in result.findings))
        results = scene.judged(evidence, result) if scene.judged and not dead else (result,)
        run = self._run(results[0], stage, number, again, begun_us, evidence)
        return replace(run, others=tuple(results[1:]))

    def close(self) -> None:
        """Its evidence stays, as a bundle."""
        with self._undo:
            self.federation.keep_logs(self.folder / "logs")
            if self._last is not None:
                self._part()
                write_bundle(self.folder, self.tellers.plan(), self._last)
                self._last = None

    def _part(self) -> None:
        """What was asked after the last judgement, where a scenario came to grief, is not judged; it lies beside it."""
        file = self.folder / HISTORY
        rest = file.read_bytes()[self._judged_bytes :]
        if rest:
            (self.folder / UNJUDGED).write_bytes(rest)
            os.truncate(file, self._judged_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _stage(self, scene: Scene, number: int, again: bool) -> OnStage:
        name = f"{scene.id}/{self.terms.seed}/{number}{'/again' if again else ''}"
        dice = Dice(f"bankfed grade/{name}")
        fed = self.federation
        stage = OnStage(scene.id, fed, fed.town, fed.adapter, self.tellers, dice, self.terms.scale)
        stage.strength, stage.signed = STRONGER if again else 1, fed.signed
        return stage

    def _evidence(self, healed_us: int, wait: bool, everything: bool) -> Evidence:
        patience_s, late_s = (self.terms.patience_s * slack(), self.terms.late_s) if wait else (0.0, 0.0)
        in_time = self.tellers.wait_final(patience_s, late_s, everything and wait)
        calls, fed = self.tellers.calls(), self.federation
        acks = fed.acks()  # before the topic is read: what is acknowledged after that would seem to be lost
        patience_us = int(patience_s * 1e6)
        if in_time:  # all had come to rest when the books were read
            patience_us = min(patience_us, max(0, _read_from(calls, healed_us) - healed_us))
        return Evidence(
            fed.town,
            History(calls),
            healed_us,
            patience_us,
            tuple(self._faults),
            tuple(self._hostile),
            fed.nodes(),
            fed.books(),
            fed.topic_records(),
            acks,
            tuple(self._losses),
            fed.deliveries(),
            fed.trouble(),
            self._slack,
        )

    def _moved(self, since_us: int) -> bool:
        """Whether any order of this time was accepted, or none was given."""
        orders = [call for call in self.tellers.calls() if call.do == TRANSFER and call.begun_us >= since_us]
        return not orders or any(call.outcome == OK for call in orders)

    def _judged(self, evidence: Evidence, dead: Sequence[str]) -> Iterator[Blamed]:
        """Who is dead cannot conclude anything: then that is what is told, and nothing that follows from it."""
        if dead:
            for words in dict.fromkeys(dead):
                yield Blamed(
                    Finding(CUSTODY, words, "a process that stays until it is ended", "it did not"), Blame.NODE
                )
            return
        whole = check(evidence)
        findings = self._news.of(whole)
        silent = all(finding.weight == DIAGNOSIS for finding in whole)  # else the model disagrees about the same
        disagreed = replay(evidence) if silent else None
        if disagreed is not None:
            about = (disagreed.transaction_id,) if disagreed.transaction_id else ()
            findings += self._news.of([Finding(REPLAY, disagreed.sentence, "as the model", "otherwise", about)])
        yield from blamed(findings, evidence)

    def _run(
        self, result: Result, stage: OnStage, number: int, again: bool, begun_us: int, evidence: Evidence | None
    ) -> Run:
        ended_us = now_us()
        if evidence is not None:
            self._last, self._judged_bytes = evidence, (self.folder / HISTORY).stat().st_size
        return Run(
            result,
            number,
            begun_us,
            ended_us,
            tuple(stage.faults),
            self.folder,
            evidence if result.findings else None,
            {bank: self._log(bank) for bank in self.federation.wards},
            self.terms.repro.replace("{scenario}", result.scenario).replace("{seed}", str(self.terms.seed)),
            tries=2 if again else 1,
        )

    def _log(self, bank: str) -> Path:
        return self.folder / "logs" / f"{bank}.log"

    def counted(self) -> Counts:
        """So far."""
        calls, fed = self.tellers.calls(), self.federation
        return Counts(
            len({call.transaction_id for call in calls if call.do == TRANSFER and call.transaction_id}),
            len(calls),
            len(self._faults),
            sum(event.what == KILLED for event in fed.nodes()),
            1,
            max((ward.memory_mib_max for ward in fed.wards.values()), default=0),
        )


def _read_from(calls: Sequence[Call], healed_us: int) -> int:
    """When the last reading of all books began."""
    read = [
        call for call in calls if call.client == FINAL_READER and call.do == READ_ACCOUNT and call.begun_us >= healed_us
    ]
    last = read[-1].sweep if read else ""
    return min((call.begun_us for call in read if call.sweep == last), default=healed_us)


def _unfit(error: BaseException | None) -> Unfit | None:
    """A bank that did not come back, though something else may have gone wrong when that was cleared away."""
    while error is not None and not isinstance(error, Unfit):
        error = error.__cause__ or error.__context__
    return error


def _sentence(error: Exception) -> str:
    if isinstance(error, Failure):
        return f"{error.what}{f': {error.why}' if error.why else ''}"
    return f"{type(error).__name__}: {error}"
