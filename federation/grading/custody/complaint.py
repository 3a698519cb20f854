"""What a submission is told that is not what it was taken in as: a process that starts, listens, behaves and ends."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from federation.grading.custody.life import Life

READY_S, TERM_S = 20.0, 10.0


@dataclass(frozen=True, slots=True)
class Complaint:
    """`kind` is a word for programs; `what` happened, and what to `do`."""

    kind: str
    what: str
    do: str = ""

    def __str__(self) -> str:
        return f"{self.what[0].upper()}{self.what[1:]}." + (f" What to do: {self.do}." if self.do else "")


_BEYOND = {
    "memory": ("{amount} MiB of memory", "300 MB are the contract's; keep nothing that the disk can keep"),
    "processes": ("{amount} processes", "one process is enough, or a few; look for a loop that starts more"),
    "disk": ("{amount} MiB on the disk", "keep what DATA_DIR needs; print less, and delete what is done with"),
}


def about_start(bank: str, command: str, why: str) -> Complaint:
    words = f"{bank} could not be started: {command}: {why}"
    return Complaint("not_started", words, "[start] command names a program of this machine or of the folder")


def about_end(bank: str, life: Life, *, after_s: float, ready: bool) -> Complaint:
    """Of a life that ended though nobody ended it."""
    over = life.over
    if life.refused:
        return about_start(bank, life.charge.command[0], life.refused)
    if life.beyond:
        took, do = _BEYOND[life.beyond.of]
        words = f"{bank} took {took.format(amount=life.beyond.amount)} and was ended: {life.beyond.most} are the limit"
        return Complaint(life.beyond.of, words, do)
    if over is None or over.code is None:
        words = f"{bank} ended the process that looks after it, and itself with it"
        return Complaint("keeper", words, "signal nobody but your own children")
    how = f"by signal {-over.code}" if over.code < 0 else f"with code {over.code}"
    when = "after it was ready" if ready else f"{after_s:.1f} s after its start, before it was ready"
    if over.left:
        words = f"{bank} ended {how} {when}, and left {_counted(over.left)} behind"
        return Complaint("left_behind", words, "stay in the foreground: the process that is started is the node")
    do = "perhaps this machine had no memory left" if over.code == -signal.SIGKILL else "its log says why"
    return Complaint("ended", f"{bank} ended by itself {how}, {when}", do)


def about_port(bank: str, port: int, ready_path: str, listening: list[int], answered: str) -> Complaint:
    """Of a node that did not get ready."""
    if listening and port not in listening:
        there = ", ".join(str(one) for one in listening)
        return Complaint("wrong_port", f"{bank} listens on {there}, not on PORT {port}", "listen on 127.0.0.1:PORT")
    if not answered:
        words = f"nobody listened on 127.0.0.1:{port} of {bank} within {READY_S:.0f} s"
        return Complaint("never_ready", words, "listen first, and do what takes long after that")
    words = f"{ready_path} of {bank} did not answer 200 within {READY_S:.0f} s; its last answer was {answered}"
    return Complaint("never_ready", words, "be ready also while the broker is away")


def about_stranger(bank: str, port: int) -> Complaint:
    words = f"PORT {port} of {bank} is answered by a process that is not of this node"
    return Complaint("stranger", words, "listen on your own PORT only")


def about_left(bank: str, count: int) -> Complaint:
    words = f"{bank} left {_counted(count)} behind when it ended"
    return Complaint("left_behind", words, "end your children with yourself")


def about_term(bank: str) -> Complaint:
    words = f"{bank} was still there {TERM_S:.0f} s after SIGTERM, and was killed"
    return Complaint("deaf", words, "end within 10 s of SIGTERM: what must not get lost is on the disk anyway")


def about_set_up(command: str, what: str) -> Complaint:
    return Complaint("set_up", f"the set-up command {command} {what}", "try it in a fresh copy of the folder")


def _counted(count: int) -> str:
    return "a process" if count == 1 else f"{count} processes"
