"""From the fork to the bank: its own session, its log, its environment, its name in `ps`; then it is the bank.

Also what a bank's environment is, which is the same for a forked bank and for a foreign node started by a command.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from federation.folder import Folder
from federation.launcher.processes import die_with_parent, set_title
from federation.spec import HOST, BankSpec, FederationSpec

Entry = Callable[[Any], Any]
CHILD_SIGNALS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # blocked during the fork
OUTPUT_BYTES_MAX = 1_000_000

TELLERS_LIMIT_MINOR = "1000000"  # 10,000.00 EUR, 10,000 JPY: above it a teller's order waits for a supervisor
TELLERS_ARCHIVE_MONTHS = "12"  # older months are sealed
# A shell's own variables that a bank would take for settings: zsh sets HOST, many people have a DATABASE_URL.
NOT_INHERITED = ("DATABASE_URL", "BANK_FAILPOINTS", "BANK_CLOCK_OFFSET_MS", "AUTHORITY_PUBLIC_KEY")


@dataclass(frozen=True, slots=True)
class Errand:
    """All that is needed to start one bank. Without a command it is our bank, forked; else the command is executed."""

    bank_id: str
    title: str
    output: str
    folder: str
    env: Mapping[str, str] = field(repr=False)
    command: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Errand:
        return cls(**{**found, "command": tuple(found["command"])})


def errand_for(
    bank: BankSpec,
    spec: FederationSpec,
    folder: Folder,
    bootstrap: str,
    authority_public_key: str,
    inherited: Mapping[str, str],
    command: tuple[str, ...] = (),
) -> Errand:
    """`command` may name {bank_id}, {port} and {data_dir}."""
    data = folder.bank(bank.id)
    env = {name: value for name, value in inherited.items() if name not in NOT_INHERITED}
    env |= {
        "BANK_ID": bank.id,
        "HOST": HOST,
        "PORT": str(bank.port),
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "DATA_DIR": str(data),
        "PEERS": ",".join(f"{name}={url}" for name, url in spec.peers.items()),
        "SEED_FILE": str(folder.seed_file(bank.id)),
        "FEDERATION_ID": spec.federation_id,
        "AUTHORITY_PUBLIC_KEY": authority_public_key,
        "BANK_LAB": "1" if spec.lab else "0",
    }
    env.setdefault("APPROVAL_LIMIT_MINOR", "0" if spec.lab else TELLERS_LIMIT_MINOR)
    env.setdefault("ARCHIVE_AFTER_MONTHS", "0" if spec.lab else TELLERS_ARCHIVE_MONTHS)
    if spec.lab:  # set by a teacher around `bankfed up --lab`; nobody else may inject anything
        env |= {name: inherited[name] for name in NOT_INHERITED[1:3] if name in inherited}
    return Errand(
        bank_id=bank.id,
        title=f"bankfed bank {bank.id} :{bank.port} {folder.root}",
        output=str(folder.output(bank.id)),
        folder=str(data),
        env=env,
        command=tuple(part.format(bank_id=bank.id, port=bank.port, data_dir=data) for part in command),
    )


def become(errand: Errand, entry: Entry | None) -> NoReturn:
    """Runs in the forked child and never returns."""
    code = 70
    try:
        _settle(errand)
        if errand.command:
            os.execvpe(errand.command[0], errand.command, errand.env)  # noqa: S606 (a list, no shell is wanted)
        set_title(errand.title)
        code = _run(entry)
    except OSError as error:
        print(f"{errand.bank_id} could not be started: {error}", file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)  # not sys.exit: what the zygote would do at its exit is not this bank's to do


def _settle(errand: Errand) -> None:
    """A process of its own: away from the terminal and its Ctrl-C, bound to the life of the zygote."""
    signal.set_wakeup_fd(-1)
    for number in CHILD_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, CHILD_SIGNALS)
    os.setsid()
    die_with_parent()
    output = Path(errand.output)
    with suppress(OSError):
        if output.stat().st_size > OUTPUT_BYTES_MAX:
            output.replace(f"{output}.1")
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.closerange(3, 256)
    os.chdir(errand.folder)
    os.environ.clear()
    os.environ.update(errand.env)


def _run(entry: Entry | None) -> int:
    from bank_node.settings import BankSettings

    assert entry is not None, "a bank without a command needs the zygote's entry"
    try:
        found = entry(BankSettings())  # type: ignore[call-arg]  # from the environment
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return 130
    return found if isinstance(found, int) else 0
