"""`bank.toml`: what a submission is called, how its node is set up and started, what it offers beyond the contract."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from federation.failure import ExitCode, Failure
from federation.grading.adapter import Adapter
from federation.grading.declared import Declared, read_declared

FILE = "bank.toml"
LEVEL_1 = ("BANK_ID", "PORT", "KAFKA_BOOTSTRAP_SERVERS", "DATA_DIR", "PEERS", "SEED_FILE")
LEVEL_2 = ("FEDERATION_ID", "AUTHORITY_PUBLIC_KEY", "BANK_LAB", "BANK_FAILPOINTS", "BANK_CLOCK_OFFSET_MS")
PYTHON = "PYTHON"  # the Python that the grader itself runs in: for bundled submissions
_PLACE = re.compile(r"\{(\w+)\}")

Words = Annotated[tuple[str, ...], Field(min_length=1)]


class Command(Declared):
    """What to run, word by word; `{PORT}` and the contract's other names are replaced."""

    command: Words = Field(description='the words of a command: command = ["python3", "node.py"]')
    environment: dict[str, str] = Field(default_factory=dict)

    @field_validator("command", mode="before")
    @classmethod
    def _is_a_list(cls, value: Any) -> Any:
        if isinstance(value, str):
            words = ", ".join(f'"{word}"' for word in value.split())
            raise ValueError(f"{value!r} is one text; write it word by word: [{words}]")
        return value

    @field_validator("command", "environment")
    @classmethod
    def _names_what_there_is(cls, value: Any) -> Any:
        texts = value.values() if isinstance(value, dict) else value
        unknown = {name for text in texts for name in _PLACE.findall(text)} - {*LEVEL_1, *LEVEL_2, PYTHON}
        if unknown:
            names = ", ".join(f"{{{name}}}" for name in LEVEL_1)
            raise ValueError(f"nobody knows {{{min(unknown)}}}; there are {names}")
        return value


class Setup(Command):
    """Run once before the first start, with the network as the machine has it."""

    seconds: Annotated[int, Field(ge=1, le=600)] = 120


class Offers(Declared):
    """What the node has beyond level 1. Points that need what it does not have go to the others."""

    database: str = ""  # the file that N23 locks: "{DATA_DIR}/bank.db"
    clock_offset: bool = False  # it heeds BANK_CLOCK_OFFSET_MS: N24
    cash: bool = False  # deposits and withdrawals
    ledger: bool = False  # GET /lab/ledger
    failpoints: bool = False  # it heeds BANK_FAILPOINTS: N18
    signatures: bool = False  # it believes no bank without one: forged requests are tried too, in N28


class Submission(Declared):
    name: Annotated[str, Field(min_length=1, max_length=80)] = Field(description='a name for the report: name = "…"')
    contract: Literal[1] = Field(description="contract = 1: the version of the contract it keeps")
    level: Literal[1, 2] = 1
    language: str = ""
    adapter: str = ""  # the file that says what it calls otherwise
    setup: Setup | None = None
    start: Command = Field(description='[start] with command = ["python3", "node.py"]')
    offers: Offers = Offers()


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one bank of a graded run lives."""

    bank_id: str
    port: int
    bootstrap: str
    data_dir: Path
    peers: Mapping[str, str]
    seed_file: Path
    federation_id: str = "graded"
    authority_public_key: str = ""
    failpoints: str = ""
    clock_offset_ms: int = 0

    def known(self) -> dict[str, str]:
        """What may stand in braces."""
        return self.environment(level=2) | {PYTHON: sys.executable}

    def environment(self, level: int) -> dict[str, str]:
        """The contract's variables."""
        said = {
            "BANK_ID": self.bank_id,
            "PORT": str(self.port),
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "DATA_DIR": str(self.data_dir),
            "PEERS": ",".join(f"{name}={url}" for name, url in self.peers.items()),
            "SEED_FILE": str(self.seed_file),
        }
        if level > 1:
            said |= {
                "FEDERATION_ID": self.federation_id,
                "AUTHORITY_PUBLIC_KEY": self.authority_public_key,
                "BANK_LAB": "1",
                "BANK_FAILPOINTS": self.failpoints,
                "BANK_CLOCK_OFFSET_MS": str(self.clock_offset_ms),
            }
        return said


@dataclass(frozen=True, slots=True)
class Node:
    """A submission that was read: its folder, what its bank.toml says, and its adapter."""

    folder: Path
    submission: Submission
    adapter: Adapter

    def command(self, place: Placement) -> list[str]:
        known = place.known()
        return [_filled(word, known) for word in self.submission.start.command]

    def environment(self, place: Placement) -> dict[str, str]:
        """What is added to a bare environment: the contract's names, then the node's own."""
        own, known = self.submission.start.environment, place.known()
        said = place.environment(self.submission.level)
        if self.submission.offers.clock_offset:
            said["BANK_CLOCK_OFFSET_MS"] = str(place.clock_offset_ms)
        return said | {name: _filled(text, known) for name, text in own.items()}

    def database(self, place: Placement) -> Path | None:
        """The file to be locked, if it names one."""
        named = self.submission.offers.database
        return self.folder / _filled(named, place.known()) if named else None

    def lacks(self) -> frozenset[str]:
        """What scenarios may need and this node does not have, in the words of the score sheet."""
        offers = self.submission.offers
        had = {"database": bool(offers.database), "clock_offset": offers.clock_offset}
        return frozenset(name for name, there in had.items() if not there)

    def hidden_seed(self) -> int:
        """The seed of the graded run: nobody knows it before, and the same files have the same one."""
        digest = hashlib.sha256()
        for file in sorted(path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()):
            digest.update(f"{file.relative_to(self.folder).as_posix()}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
        return 1_000 + int.from_bytes(digest.digest()[:6], "big")  # 1 to 5 are for students


def read_submission(folder: Path) -> Node:
    """Raises Failure in words: the file, the line, what, and what to do."""
    submission = read_declared(folder / FILE, Submission)
    if not submission.adapter:
        return Node(folder, submission, Adapter())
    file = (folder / submission.adapter).resolve()
    if not file.is_relative_to(folder.resolve()):
        what = f"{FILE} names an adapter outside of its folder: {submission.adapter}"
        raise Failure(what, do="put it beside bank.toml", code=ExitCode.USAGE)
    return Node(folder, submission, read_declared(file, Adapter))


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: known[place[1]], text)
