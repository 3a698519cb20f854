"""`python -m federation.launcher DIR`: the supervisor's process: signals, sleeping and wiring.

SIGTERM (or Ctrl-C) stops in order, a second Ctrl-C or SIGQUIT at once. `--attached` (bankfed up --foreground) ends it
when the process that started it is gone, however it went.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from federation.chaos import journal
from federation.folder import Folder
from federation.launcher.broker_keeper import BrokerKeeper, broker_maker
from federation.launcher.fault_keeper import FaultKeeper
from federation.launcher.processes import set_title
from federation.launcher.supervisor import Supervisor, read_stopped
from federation.launcher.zygote import Zygote
from federation.spec import HOST

TICK_S_BUSY = 0.05
TICK_S_QUIET = 1.0


def listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.settimeout(0.1)
        return caller.connect_ex((HOST, port)) == 0


def send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


class Wishes:
    """What signals have asked for so far."""

    def __init__(self) -> None:
        self.end = self.at_once = False
        self._woken, waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, self._hear)

    def _hear(self, number: int, _frame: object) -> None:
        self.at_once = self.at_once or number == signal.SIGQUIT or (self.end and number == signal.SIGINT)
        self.end = True

    def wait(self, zygote: Zygote | None, timeout_s: float) -> None:
        watched = [self._woken] if zygote is None else [self._woken, zygote.fileno()]
        select.select(watched, [], [], timeout_s)
        with suppress(BlockingIOError):
            os.read(self._woken, 512)


def main(arguments: Sequence[str]) -> int:
    folder = Folder(Path(arguments[0]))
    parent = os.getppid() if "--attached" in arguments else None
    options = json.loads(arguments[1])
    set_title(f"bankfed supervisor {folder.root}")
    wishes = Wishes()
    spec = folder.read_spec()
    broker = BrokerKeeper(broker_maker(options["broker"])(spec, folder), wanted="broker" not in read_stopped(folder))
    zygotes: list[Zygote] = []

    def new_zygote() -> Zygote:
        zygotes[:] = [Zygote(options["entry"], str(folder.root))]
        return zygotes[0]

    def new_fault_keeper() -> subprocess.Popen[bytes]:
        arguments = ["-m", "federation.chaos", str(folder.root), options["broker"], str(os.getpid())]
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGUSR1,))  # a letter may come before it can hear
        try:
            return subprocess.Popen([sys.executable, *arguments], stdin=subprocess.DEVNULL, start_new_session=True)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGUSR1,))

    faults = FaultKeeper(new_fault_keeper, wanted=bool(spec.broker.doors) or journal.is_open(folder))
    command = tuple(options["command"])
    supervisor = Supervisor(folder, spec, broker, new_zygote, listens, send, command=command, faults=faults)
    while not supervisor.finished:
        if wishes.end or (parent is not None and os.getppid() != parent):
            if wishes.at_once or not supervisor.ending:
                supervisor.end(wishes.at_once)
            wishes.at_once = False
        supervisor.tick()
        wishes.wait(zygotes[0] if supervisor.forks else None, TICK_S_BUSY if supervisor.restless else TICK_S_QUIET)
    for zygote in zygotes:
        zygote.close()
    faults.close()
    broker.close()
    supervisor.diary.say("", "ended")
    supervisor.diary.write(supervisor.keepers, broker, None, ending=True, ended=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
