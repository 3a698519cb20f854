"""A submission's stay with the grader, from the copy of its folder to the last of its processes: `with Stay(…)`.

Whatever happens in between, nothing of it is left afterwards: no process, no folder. A grader that is itself killed
takes its wards with it (their keepers' orders end), and the next one deletes their folders.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from federation.grading.custody import complaint
from federation.grading.custody.life import Charge, Life
from federation.grading.custody.limits import SET_UP, Limits
from federation.grading.custody.lodging import Lodging, Room, delete
from federation.grading.custody.register import Leftovers, Register, end_leftovers
from federation.grading.custody.ward import Unfit, Ward
from federation.grading.submission import PYTHON, Node, Placement, read_submission


class Stay:
    def __init__(self, home: Path, submission: Path, limits: Limits | None = None) -> None:
        """`home`: a folder of the grader's own, the same for all of its runs. Raises Failure in words for a folder
        that is no submission."""
        home.mkdir(parents=True, exist_ok=True)
        self.limits = limits or Limits()
        self.leftovers: Leftovers = end_leftovers(home)
        self.mark = f"stay-{secrets.token_hex(6)}"
        self.wards: dict[str, Ward] = {}  # by bank; HOUSE/BANK where they live in houses
        self._lives = count(1)
        self._closed = False
        made_anew = read_submission(submission).submission.setup is not None  # raises before anything is copied
        folder = home / self.mark
        self._register = Register(home, self.mark, folder)
        try:
            self.lodging = Lodging(folder, submission, made_anew=made_anew)
            self.node: Node = read_submission(self.lodging.submission)
            self.hidden_seed = self.node.hidden_seed()  # before anything is made in there
        except BaseException:
            delete(folder)
            self._register.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def set_up(self) -> float:
        """The set-up command, once: how many seconds it took. Raises Unfit."""
        said = self.node.submission.setup
        if said is None:
            return 0.0
        room = self.lodging.room("set-up")
        environment = room.environment(network=True) | said.environment
        log, folders = self.lodging.logs / "set-up.log", [self.lodging.submission, room.folder]
        words = [word.replace(f"{{{PYTHON}}}", sys.executable) for word in said.command]
        life = Life(self._charge(words, environment, SET_UP, log, folders))
        try:
            done = life.wait(said.seconds)
        finally:
            life.close()
        command = " ".join(said.command)
        if life.refused:
            raise Unfit(complaint.about_set_up(command, f"could not be run: {life.refused}"))
        if life.beyond:
            beyond = life.beyond
            what = f"took {beyond.amount} of {beyond.of} and was ended: {beyond.most} are the limit"
            raise Unfit(complaint.about_set_up(command, what))
        if not done:
            raise Unfit(complaint.about_set_up(command, f"was not done within {said.seconds} s"))
        if life.over is None or life.over.code != 0:
            how = "lost its keeper" if life.over is None or life.over.code is None else f"ended with {life.over.code}"
            raise Unfit(complaint.about_set_up(command, how))
        return life.seconds

    def network_words(self) -> str:
        """For the report: what the set-up command could reach."""
        return "The set-up command had the network as this machine has it; the node itself was told of no proxy."

    def place(
        self, bank_id: str, port: int, bootstrap: str, peers: Mapping[str, str], house: str = "", **more: Any
    ) -> Placement:
        """Where a bank of this stay lives: its folders are those of its room."""
        room = self.room(bank_id, house)
        return Placement(bank_id, port, bootstrap, room.data, peers, room.seed_file, **more)

    def room(self, bank_id: str, house: str = "") -> Room:
        """Federations of the same banks, at once or one after the other, live in houses of their own."""
        return self.lodging.room(bank_id, house)

    def take_in(self, place: Placement, seed: Mapping[str, Any], house: str = "") -> Ward:
        """A bank that is not started yet."""
        room, log = self.room(place.bank_id, house), self.lodging.logs / house / f"{place.bank_id}.log"
        room.hand(seed)
        folders = [room.folder, self.lodging.submission]
        ward = Ward(
            self.node, room, place, log, lambda command, said: self._charge(command, said, self.limits, log, folders)
        )
        self.wards[f"{house}/{place.bank_id}" if house else place.bank_id] = ward
        return ward

    def leave(self, house: str) -> None:
        """Ends everybody in this house, and deletes it; what they printed stays."""
        with ExitStack() as last_first:
            last_first.callback(self.lodging.leave, house)
            for key in [key for key in self.wards if key.startswith(f"{house}/")]:
                last_first.callback(self.wards.pop(key).close)

    def close(self) -> None:
        """Ends everybody, then deletes everything. Also after an error, and twice."""
        if self._closed:
            return
        self._closed = True
        with ExitStack() as last_first:  # each of them, also when one is interrupted
            last_first.callback(self._register.close)
            last_first.callback(self.lodging.close)
            for ward in list(self.wards.values()):
                last_first.callback(ward.close)

    def _charge(
        self, command: list[str], environment: Mapping[str, str], limits: Limits, log: Path, folders: list[Path]
    ) -> Charge:
        mark, cwd = f"{self.mark}.{next(self._lives)}.", self.lodging.submission
        return Charge(command, cwd, environment, limits, log, folders, self._register.file, mark)
