"""A snapshot of every bank of a federation. A running bank is asked as its auditor; a stopped one's file is read.

A bank that can be read neither way ends the audit: without it nothing can be proven about the others' money.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from bank_node.settings import BankSettings
from bank_node.store.audit_check import check_chain
from bank_node.store.database import Readers
from bank_node.store.snapshot import snapshot_lines
from bank_node.transfers.charter import Charter
from bank_node.transfers.snapshot import BankSnapshot, read_snapshot
from federation.audit.chain import BankAudit
from federation.client import BankAway, BankClient
from federation.failure import ExitCode, Failure
from federation.folder import Folder
from federation.roster import Member, Roster

IDS_AT_ONCE = 50  # of one re-read; they travel in the address of the request
RUNNING, STOPPED = "running", "stopped"

Reread = Callable[[str, Sequence[str]], BankSnapshot]


@dataclass(frozen=True, slots=True)
class Reading:
    """`banks` as read, one after the other. `reread` asks one again about some transfers, `audit` about its log."""

    banks: Mapping[str, BankSnapshot]
    sources: Mapping[str, str]  # RUNNING or STOPPED
    reread: Reread
    audit: Callable[[str], BankAudit]
    health: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of the running ones: their /readyz


class Source:
    """Where one bank is read."""

    kind: str

    def read(self, ids: Sequence[str] | None = None) -> BankSnapshot:
        raise NotImplementedError

    def audit(self) -> BankAudit:
        raise NotImplementedError


class RunningBank(Source):
    kind = RUNNING

    def __init__(self, client: BankClient) -> None:
        self.client = client

    def read(self, ids: Sequence[str] | None = None) -> BankSnapshot:
        return _understood(self.client.bank, self.client.snapshot(ids))

    def audit(self) -> BankAudit:
        try:
            return BankAudit.read(self.client.audit_chain())
        except (LookupError, TypeError) as error:
            raise _unreadable(self.client.bank, f"its word about its audit log was cut short: {error!r}") from error


class StoppedBank(Source):
    kind = STOPPED

    def __init__(self, member: Member, federation_id: str, folder: Folder) -> None:
        self._member = member
        self._charter = Charter(member.id, member.name, federation_id)
        self._file = folder.database(member.id)

    def read(self, ids: Sequence[str] | None = None) -> BankSnapshot:
        with self._file_open() as connection:
            lines = snapshot_lines(connection, self._charter, time.time_ns() // 1000, ids)
            return _understood(self._member.id, lines)

    def audit(self) -> BankAudit:
        with self._file_open() as connection:
            return BankAudit.of(self._member.id, check_chain(connection))

    @contextmanager
    def _file_open(self) -> Iterator[Any]:
        if not self._file.is_file():
            raise _unreadable(self._member.id, f"it does not answer, and there is no {self._file}")
        readers = Readers(BankSettings(bank_id=self._member.id, data_dir=self._file.parent))
        try:
            with readers.connection() as connection:
                yield connection
        except Failure:
            raise
        except Exception as error:  # whatever the database room raises for a file that is none, or not of this version
            raise _unreadable(self._member.id, f"{self._file}: {error}") from error
        finally:
            readers.close()


@contextmanager
def reading(roster: Roster) -> Iterator[Reading]:
    """Reads all banks of the roster; they can be asked again until the block ends. Raises Failure."""
    folder = Folder(roster.data)
    with ExitStack() as clients:
        sources: dict[str, Source] = {}
        health: dict[str, Mapping[str, Any]] = {}
        for member in roster.members.values():
            try:
                client = clients.enter_context(BankClient.of(member, "auditor"))
                health[member.id] = client.readyz()
                sources[member.id] = RunningBank(client)
            except BankAway:
                sources[member.id] = StoppedBank(member, roster.federation_id, folder)
        banks = {name: source.read() for name, source in sources.items()}
        for name, bank in banks.items():
            if bank.federation_id != roster.federation_id:
                raise _unreadable(name, f"it is of federation {bank.federation_id}, not of {roster.federation_id}")

        def reread(bank: str, ids: Sequence[str]) -> BankSnapshot:
            return _joined([sources[bank].read(ids[i : i + IDS_AT_ONCE]) for i in range(0, len(ids), IDS_AT_ONCE)])

        def audit(bank: str) -> BankAudit:
            return sources[bank].audit()

        yield Reading(banks, {name: source.kind for name, source in sources.items()}, reread, audit, health)


def _joined(parts: Sequence[BankSnapshot]) -> BankSnapshot:
    first = parts[0]
    for part in parts[1:]:
        first.sent.extend(part.sent)
        first.decided.extend(part.decided)
    return first


def _understood(bank: str, lines: Iterator[bytes]) -> BankSnapshot:
    try:
        return read_snapshot(lines)
    except (ValueError, LookupError, TypeError) as error:
        raise _unreadable(bank, str(error) or repr(error)) from error


def _unreadable(bank: str, why: str) -> Failure:
    return Failure(
        f"{bank} cannot be read, so nothing can be proven",
        why=why,
        do=f"bankfed start {bank}, then bankfed verify",
        code=ExitCode.NOT_RUNNING,
    )
