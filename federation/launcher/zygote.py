"""The zygote: a process that has imported a bank once and forks one on request; the parent of all banks.

It speaks JSON lines with its supervisor over an inherited socket. It has no thread, no database and no connection, so
that a fork copies nothing that must not be shared. When the supervisor is gone it ends its banks and itself.
`Zygote` is the supervisor's end.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Protocol

from federation.launcher.child import CHILD_SIGNALS, Entry, Errand, become
from federation.launcher.processes import TERM_WAIT_S, set_title

OUR_BANK = "bank_node.__main__:run"
# What our bank would import late, when it opens its books or its door; once here is once for all banks.
OUR_PACKAGES = ("bank_node", "teller_ui")
THEIR_MODULES = (
    "anyio._backends._asyncio",
    "encodings.idna",
    "kafka",
    "sqlalchemy.dialects.sqlite",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.auto",
)
# glibc would keep the 19 MiB of every password hash for the next one; handed back they are not part of each bank.
MEMORY = {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_ARENA_MAX": "2"}
Message = dict[str, Any]


class Forks(Protocol):
    """What the supervisor needs of a zygote."""

    @property
    def pid(self) -> int: ...

    def start(self, errand: Errand) -> None: ...

    def messages(self) -> list[Message]:
        """What happened since the last call: `started` and `ended` banks, or `gone`: the zygote itself."""
        ...


class Zygote:
    """The supervisor's end of a zygote process."""

    def __init__(self, entry: str = OUR_BANK, label: str = "") -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            # The label is long on purpose: a bank's name in `ps` is written over this command line.
            arguments = ["-m", "federation.launcher.zygote", entry, str(number), f"for {label}".ljust(80)]
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                env={**MEMORY, **os.environ},
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.setblocking(False)
        self.pid = self._process.pid
        self._socket = ours
        self._unsent = b""
        self._received = b""
        self._gone = False

    def fileno(self) -> int:
        return self._socket.fileno()

    def start(self, errand: Errand) -> None:
        self._unsent += json.dumps(errand.as_json()).encode() + b"\n"
        self._send()

    def messages(self) -> list[Message]:
        self._send()
        try:
            while chunk := self._socket.recv(65_536):
                self._received += chunk
            closed = True
        except BlockingIOError:
            closed = False
        except OSError:
            closed = True
        *lines, self._received = self._received.split(b"\n")
        found: list[Message] = [json.loads(line) for line in lines]
        if closed and not self._gone:
            self._gone = True
            found.append({"gone": self._process.wait()})
        return found

    def close(self) -> None:
        """Hangs up: the zygote ends what still runs, and itself."""
        self._socket.close()
        try:
            self._process.wait(TERM_WAIT_S + 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self) -> None:
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]


def warm_up(entry: str) -> Entry | None:
    """Imports the bank, and keeps what was imported out of the collector's sight, so that its pages stay shared."""
    if not entry:
        return None
    module, _, name = entry.partition(":")
    found = importlib.import_module(module)
    function: Entry = getattr(found, name)
    if entry == OUR_BANK:
        for needed in _modules_of(OUR_PACKAGES):
            _import_unless_optional(needed)
        for wanted in THEIR_MODULES:
            with suppress(ImportError):  # only an advance: a bank that does need it says so itself
                importlib.import_module(wanted)
        found.rehearse()
    import bank_node.settings  # noqa: F401 (every forked bank reads them)

    gc.collect()
    gc.freeze()
    return function


def _import_unless_optional(module: str) -> None:
    """A module of ours that stands on an extra which is not installed is left out; a bank that needs it says so."""
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in OUR_PACKAGES:
            raise


def _modules_of(packages: Sequence[str]) -> Iterator[str]:
    for package in packages:
        paths = importlib.import_module(package).__path__
        for found in pkgutil.walk_packages(paths, f"{package}."):
            if "migrations" not in found.name:  # alembic runs those itself, each time anew
                yield found.name


def main(entry_name: str, number: int) -> None:
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ending: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ending.append(number))
    supervisor = socket.socket(fileno=number)
    entry = warm_up(entry_name)
    banks: dict[int, str] = {}
    received = b""
    while not ending:
        readable, _, _ = select.select([number, woken], [], [])
        with suppress(BlockingIOError):
            os.read(woken, 512)
        _reap(banks, supervisor)
        if number in readable:
            chunk = supervisor.recv(65_536)
            if not chunk:
                break
            *lines, received = (received + chunk).split(b"\n")
            for line in lines:
                _fork(Errand.from_json(json.loads(line)), entry, banks, supervisor)
    _end(banks)


def _fork(errand: Errand, entry: Entry | None, banks: dict[int, str], supervisor: socket.socket) -> None:
    # A SIGTERM for the child that came before it has its own handlers would be taken for the zygote's, and lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, CHILD_SIGNALS)
    pid = os.fork()
    if pid == 0:
        become(errand, entry)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, CHILD_SIGNALS)
    banks[pid] = errand.bank_id
    _tell(supervisor, {"started": errand.bank_id, "pid": pid})


def _reap(banks: dict[int, str], supervisor: socket.socket | None) -> None:
    while banks:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        bank_id = banks.pop(pid, "")
        if supervisor is not None:
            _tell(supervisor, {"ended": bank_id, "pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _tell(supervisor: socket.socket, message: Message) -> None:
    with suppress(OSError):  # it is gone; the next read says so
        supervisor.sendall(json.dumps(message).encode() + b"\n")


def _end(banks: dict[int, str]) -> None:
    until = time.monotonic() + TERM_WAIT_S
    for number, deadline in ((signal.SIGTERM, until), (signal.SIGKILL, until + 2)):
        for pid in banks:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while banks and time.monotonic() < deadline:
            _reap(banks, None)
            time.sleep(0.02)


if __name__ == "__main__":
    set_title_after = sys.argv[3].removeprefix("for ").strip()
    entry_argument, number_argument = sys.argv[1], int(sys.argv[2])
    set_title(f"bankfed zygote {set_title_after}")
    main(entry_argument, number_argument)
