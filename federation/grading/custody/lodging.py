"""Where a submission lives while it is graded: a copy of its folder, a home and a data folder for each bank, an
environment from scratch. Nothing is run where it was handed in.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from federation.failure import ExitCode, Failure

MIB = 1 << 20
COPY_MIB_MAX, COPY_FILES_MAX = 200, 20_000
LEFT_OUT = {".git", "__pycache__"}
MADE_ANEW = {".venv", "venv", "node_modules"}  # by a [setup]
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
# How this machine reaches the network: for the set-up command, and nobody else
NETWORK = (
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    "PIP_INDEX_URL", "PIP_CERT", "PIP_FIND_LINKS", "UV_INDEX_URL", "NPM_CONFIG_REGISTRY", "npm_config_registry",
    "GOPROXY", "CARGO_HTTP_CAINFO", "JAVA_HOME",
)  # fmt: skip


class Lodging:
    """`folder` is made here, and deleted by `close`."""

    def __init__(self, folder: Path, submission: Path, *, made_anew: bool) -> None:
        """`made_anew`: there is a set-up command, which fetches what others have written."""
        self.folder, self.submission = folder, folder / "submission"
        copy_folder(submission, self.submission, LEFT_OUT | MADE_ANEW if made_anew else LEFT_OUT)

    def room(self, bank_id: str, house: str = "") -> Room:
        return Room(self.folder / "banks" / house / bank_id)

    def leave(self, house: str) -> None:
        """Deletes the rooms of this house."""
        delete(self.folder / "banks" / house)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def save_logs(self, folder: Path) -> None:
        """Out of here, for a report."""
        if self.logs.is_dir():
            shutil.copytree(self.logs, folder, dirs_exist_ok=True)

    def close(self) -> None:
        delete(self.folder)


class Room:
    """One bank's folders; they are the same for all of its lives."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.seed_file = folder, folder / "data", folder / "seed.json"
        for one in (self.data, folder / "home", folder / "tmp"):
            one.mkdir(parents=True, exist_ok=True)

    def hand(self, seed: Mapping[str, Any]) -> None:
        self.seed_file.write_text(json.dumps(seed, indent=1), encoding="utf-8")

    def environment(self, *, network: bool = False) -> dict[str, str]:
        """All that it knows of this machine; the contract's names come on top."""
        said = {
            "PATH": os.environ.get("PATH", DEFAULT_PATH),
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
        }
        if network:
            said |= {name: os.environ[name] for name in NETWORK if name in os.environ}
        return said


def copy_folder(source: Path, target: Path, left_out: Set[str] = frozenset(LEFT_OUT)) -> None:
    """Plain files and folders; links as links. Raises Failure in words where it is too much."""
    files = size = 0
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name not in left_out]
        here = target / Path(folder).relative_to(source)
        here.mkdir(parents=True, exist_ok=True)
        links = [name for name in folders if Path(folder, name).is_symlink()]  # they are not walked into
        for name in sorted([*names, *links]):
            file = Path(folder, name)
            if file.is_symlink():
                (here / name).symlink_to(os.readlink(file))
                continue
            if not stat.S_ISREG(file.lstat().st_mode):
                continue  # a pipe would never end
            files, size = files + 1, size + file.stat().st_size
            if files > COPY_FILES_MAX or size > COPY_MIB_MAX * MIB:
                raise Failure(
                    f"{source} is too much: more than {COPY_FILES_MAX:,} files or {COPY_MIB_MAX} MiB",
                    do="hand in sources; what can be fetched or built is made by [setup]",
                    code=ExitCode.USAGE,
                )
            shutil.copy(file, here / name)


def delete(folder: Path) -> None:
    """All of it, also folders that their owner locked against himself."""
    for here, folders, _ in os.walk(folder):
        for path in (Path(here, name) for name in folders):
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
