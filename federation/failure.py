"""A failure in words: what happened, why, what to do. Every room of the federation raises it; the command prints it."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    OK = 0
    FAILED = 1  # also: `ps` found banks that are not ready
    USAGE = 2
    NOT_RUNNING = 3  # also: `doctor` found something that must be mended
    TIME_OUT = 4
    PORT_TAKEN = 5
    LAW_BROKEN = 6
    REJECTED = 7
    NOT_EXERCISED = 8
    GRADER_ERROR = 9
    BUG = 70
    INTERRUPTED = 130


class Failure(Exception):
    """`what` happened; `why`, if known; what to `do`, as a command where there is one; the `log` that says more.

    `detail` is shown as it is (the last lines of a log, say).
    """

    def __init__(
        self,
        what: str,
        why: str = "",
        do: str = "",
        *,
        log: Path | None = None,
        code: ExitCode = ExitCode.FAILED,
        detail: str = "",
    ) -> None:
        super().__init__(what)
        self.what, self.why, self.do, self.log, self.code, self.detail = what, why, do, log, code, detail
