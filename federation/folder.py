"""The data folder: where everything of one federation lies, and who may work on it now.

It writes federation.json, world.json and the banks' seed files; what is in a bank's own folder is that bank's business.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from federation.failure import ExitCode, Failure
from federation.spec import FederationSpec
from federation.world import make_world

LOCK_WAIT_S_MAX = 90.0
OURS = ("federation.json", "world.json", "authority", "banks", "broker", "run")


class Folder:
    """Paths and files of one federation. Making one touches nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.federation_json = self.root / "federation.json"
        self.world_json = self.root / "world.json"
        self.authority = self.root / "authority"
        self.broker = self.root / "broker"
        self.run = self.root / "run"
        self.state_json = self.run / "state.json"
        self.log = self.run / "supervisor.log"
        self.lock = self.root / ".lock"

    def bank(self, bank_id: str) -> Path:
        """A bank's DATA_DIR."""
        return self.root / "banks" / bank_id

    def database(self, bank_id: str) -> Path:
        return self.bank(bank_id) / "bank.db"

    def seed_file(self, bank_id: str) -> Path:
        return self.bank(bank_id) / "seed.json"

    def output(self, bank_id: str) -> Path:
        """What the bank's process prints: little, unless it dies."""
        return self.bank(bank_id) / "output.log"

    def bank_log(self, bank_id: str) -> Path:
        return self.bank(bank_id) / "bank.log"

    def make(self) -> None:
        """Makes the folder, for this user's eyes only. Raises Failure."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            strange = {path.name for path in self.root.iterdir()} - {*OURS, self.lock.name}
            if strange and not self.run.exists():
                raise Failure(
                    f"{self.root} has other files in it ({', '.join(sorted(strange)[:3])})",
                    why="a federation keeps its data in a folder of its own",
                    do="choose another one: bankfed up --data DIR",
                )
            self.root.chmod(0o700)
            for folder in (self.run, self.root / "banks", self.broker):
                folder.mkdir(mode=0o700, exist_ok=True)
            probe = self.run / f"probe.{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise Failure(
                f"the data folder {self.root} cannot be written",
                why=f"{error.strerror or error} ({error.filename or self.root})",
                do="choose a folder of yours: bankfed up --data DIR",
            ) from error

    def exists(self) -> bool:
        return self.federation_json.is_file()

    def read_spec(self) -> FederationSpec:
        """Raises Failure where there is no federation, or none that this program understands."""
        try:
            return FederationSpec.from_json(json.loads(self.federation_json.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise Failure(
                "there is no federation here",
                why=f"{self.federation_json} does not exist",
                do="bankfed up starts one; --data DIR says where another one is",
                code=ExitCode.NOT_RUNNING,
            ) from None
        except (ValueError, LookupError, TypeError) as error:
            raise Failure(
                f"{self.federation_json} cannot be understood",
                why=str(error) or repr(error),
                do="bankfed up --fresh starts anew (it deletes this federation's data)",
            ) from error

    def write_spec(self, spec: FederationSpec) -> None:
        """Writes federation.json, the world file and each bank's seed file."""
        world = make_world(spec)
        for entry in world["banks"]:
            self.bank(entry["id"]).mkdir(mode=0o700, parents=True, exist_ok=True)
            write_json(self.seed_file(entry["id"]), entry)
        write_json(self.world_json, world)
        write_json(self.federation_json, spec.as_json())

    def wipe(self) -> None:
        """Deletes what is ours in the folder; the caller holds the lock, so the lock stays."""
        for name in OURS:
            path = self.root / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Wipes, and removes the folder itself if nothing of somebody else's is in it."""
        self.wipe()
        self.lock.unlink(missing_ok=True)
        with suppress(OSError):
            self.root.rmdir()

    def state(self) -> dict[str, Any]:
        """What the supervisor wrote last; empty where none ever ran."""
        with suppress(OSError, ValueError):
            found = json.loads(self.state_json.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return found
        return {}

    @contextmanager
    def locked(self, wait_s: float = LOCK_WAIT_S_MAX) -> Iterator[None]:
        """One starter or stopper at a time. The lock goes with the process that holds it. Raises Failure."""
        until = time.monotonic() + wait_s
        while (file := self._try_lock()) is None:
            if time.monotonic() > until:
                holder = self.lock.read_text(encoding="ascii").strip() or "unknown"
                raise Failure(
                    "another bankfed is starting or stopping this federation",
                    why=f"process {holder} holds {self.lock}",
                    do=f"wait for it, or end it: kill {holder}",
                )
            time.sleep(0.05)
        with file:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def _try_lock(self) -> IO[str] | None:
        file = self.lock.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self.lock.stat().st_ino == os.fstat(file.fileno()).st_ino:  # else a reset removed it meanwhile
                return file
        except (BlockingIOError, FileNotFoundError):
            pass
        file.close()
        return None


def write_json(path: Path, content: object) -> None:
    """In one step and for this user only: a reader sees the old file or the new one."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
    new.replace(path)


def last_lines(path: Path, count: int = 12, bytes_max: int = 16_384) -> str:
    """The end of a log, for a person; empty if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - bytes_max))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-count:])
