"""A snapshot of every bank of a federation. A running bank is asked as its auditor; a stopped one's file is read.

A bank that falls silent while it is read is asked again for a while, as it may be coming up again, and then its file is
read. A bank that can be read neither way ends the audit: without it nothing can be proven about the others' money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic, sleep, time_ns
from typing import Any, TypeVar

from bank_node.settings import BankSettings
from bank_node.store.audit_check import check_chain
from bank_node.store.audit_queries import hashes_at
from bank_node.store.database import Readers
from bank_node.store.snapshot import snapshot_lines
from bank_node.transfers.charter import Charter
from bank_node.transfers.snapshot import BankSnapshot, read_snapshot
from federation.audit.chain import BankAudit
from federation.client import BankAway, BankClient, BankRefused
from federation.failure import ExitCode, Failure
from federation.folder import Folder
from federation.roster import Member, Roster

IDS_AT_ONCE = 50  # of one re-read; they travel in the address of the request
RUNNING, STOPPED = "running", "stopped"
PATIENCE_S = 10.0  # a bank that fell silent is asked again for so long
PAUSE_S = 0.2

T = TypeVar("T")
Reread = Callable[[str, Sequence[str]], BankSnapshot]


@dataclass(frozen=True, slots=True)
class Reading:
    """`banks` as read, one after the other. `reread` asks one again about some transfers, `audit` about its log and the
    hashes of some of its rows. `sources` and `health` are as they were when a bank was asked last."""

    banks: Mapping[str, BankSnapshot]
    sources: Mapping[str, str]  # RUNNING or STOPPED
    reread: Reread
    audit: Callable[[str, Sequence[int]], BankAudit]
    health: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of the running ones: their /readyz


class Source:
    """Where one bank is read."""

    def read(self, ids: Sequence[str] | None = None) -> BankSnapshot:
        raise NotImplementedError

    def audit(self, seqs: Sequence[int]) -> BankAudit:
        raise NotImplementedError


class RunningBank(Source):
    def __init__(self, client: BankClient) -> None:
        self.client = client

    def read(self, ids: Sequence[str] | None = None) -> BankSnapshot:
        return _understood(self.client.bank, self.client.snapshot(ids))

    def audit(self, seqs: Sequence[int]) -> BankAudit:
        try:
            return BankAudit.read(self.client.audit_chain(seqs))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise _unreadable(self.client.bank, f"its word about its audit log was cut short: {error!r}") from error


class StoppedBank(Source):
    def __init__(self, member: Member, federation_id: str, folder: Folder) -> None:
        self._member = member
        self._charter = Charter(member.id, member.name, federation_id)
        self._file = folder.database(member.id)

    def read(self, ids: Sequence[str] | None = None) -> BankSnapshot:
        with self._file_open() as connection:
            lines = snapshot_lines(connection, self._charter, time_ns() // 1000, ids)
            return _understood(self._member.id, lines)

    def audit(self, seqs: Sequence[int]) -> BankAudit:
        with self._file_open() as connection:
            hashes = hashes_at(connection, seqs)
            return BankAudit.of(self._member.id, check_chain(connection), hashes)

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


class MemberBank:
    """A bank of the roster: asked while it answers, then again for a while, then its file is read."""

    def __init__(self, member: Member, federation_id: str, folder: Folder) -> None:
        self._member = member
        self._running: RunningBank | None = None
        self._stopped = StoppedBank(member, federation_id, folder)
        self.health: Mapping[str, Any] = {}  # its /readyz, while it is running

    @property
    def kind(self) -> str:
        return STOPPED if self._running is None else RUNNING

    def call(self) -> bool:
        """Signs in; False where the bank is away. Raises BankRefused where it wants nothing to do with an auditor."""
        self.close()
        try:
            client = BankClient.of(self._member, "auditor")
        except (BankAway, BankRefused) as why:
            if not _passes(why):
                raise
            return False
        try:
            self.health = client.readyz()
        except BankAway:
            client.close()
            return False
        self._running = RunningBank(client)
        return True

    def ask(self, question: Callable[[Source], T]) -> T:
        give_up_s = None
        while self._running is not None:
            try:
                return question(self._running)
            except (BankAway, BankRefused) as why:
                if not _passes(why) and not _forgotten(why):
                    raise
            give_up_s = give_up_s or monotonic() + PATIENCE_S
            self._call_again(give_up_s)
        return question(self._stopped)

    def close(self) -> None:
        running, self._running, self.health = self._running, None, {}
        if running is not None:
            running.client.close()

    def _call_again(self, give_up_s: float) -> None:
        """Until it answers; not any more once it is time to give up."""
        self.close()
        while monotonic() < give_up_s and not self.call():
            sleep(PAUSE_S)


@contextmanager
def reading(roster: Roster) -> Iterator[Reading]:
    """Reads all banks of the roster; they can be asked again until the block ends. Raises Failure."""
    folder = Folder(roster.data)
    with ExitStack() as opened:
        members: dict[str, MemberBank] = {}
        sources: dict[str, str] = {}
        health: dict[str, Mapping[str, Any]] = {}
        for member in roster.members.values():
            members[member.id] = bank = MemberBank(member, roster.federation_id, folder)
            opened.callback(bank.close)
            bank.call()

        def ask(name: str, question: Callable[[Source], T]) -> T:
            bank = members[name]
            try:
                return bank.ask(question)
            finally:
                sources[name] = bank.kind
                if bank.health:
                    health[name] = bank.health
                else:
                    health.pop(name, None)

        def read(name: str, ids: Sequence[str] | None = None) -> BankSnapshot:
            return ask(name, lambda source: source.read(ids))

        def reread(name: str, ids: Sequence[str]) -> BankSnapshot:
            return _joined([read(name, ids[i : i + IDS_AT_ONCE]) for i in range(0, len(ids), IDS_AT_ONCE)])

        def audit(name: str, seqs: Sequence[int]) -> BankAudit:
            return ask(name, lambda source: source.audit(seqs))

        banks = {name: read(name) for name in members}
        for name, said in banks.items():
            if said.federation_id != roster.federation_id:
                raise _unreadable(name, f"it is of federation {said.federation_id}, not of {roster.federation_id}")
        yield Reading(banks, sources, reread, audit, health)


def _passes(why: BankAway | BankRefused) -> bool:
    """Whether the bank may answer in a while: it is away, or just going or coming."""
    return isinstance(why, BankAway) or why.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _forgotten(why: BankAway | BankRefused) -> bool:
    """Whether the bank does not know any more who asks: reading may take longer than it remembers."""
    return isinstance(why, BankRefused) and why.status == HTTPStatus.UNAUTHORIZED


def _joined(parts: Sequence[BankSnapshot]) -> BankSnapshot:
    first = parts[0]
    for part in parts[1:]:
        first.sent.extend(part.sent)
        first.decided.extend(part.decided)
    return first


def _understood(bank: str, lines: Iterator[bytes]) -> BankSnapshot:
    try:
        return read_snapshot(lines)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _unreadable(bank, str(error) or repr(error)) from error


def _unreadable(bank: str, why: str) -> Failure:
    return Failure(
        f"{bank} cannot be read, so nothing can be proven",
        why=why,
        do=f"bankfed start {bank}, then bankfed verify",
        code=ExitCode.NOT_RUNNING,
    )
