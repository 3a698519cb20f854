"""Opening a bank: database, writer, books identified and seeded. No server, no broker, no thread but the writer.

`main` puts the rooms around it; tests and benches open a bank without them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bank_node.bank import Bank
from bank_node.bell import Bell
from bank_node.clock import Clock, Ids, SystemClock, TimeOrderedIds
from bank_node.identity import IdentityProblem, Secrets, read_secrets
from bank_node.ledger.errors import Refusal
from bank_node.link import Link
from bank_node.operations.seeding import Seed, identify, is_seeded, seed
from bank_node.operations.standing import look_up_standing
from bank_node.people.desk import Desk, open_desk
from bank_node.people.passwords import hash_password
from bank_node.people.staff import NewStaff, hire
from bank_node.settings import BankSettings
from bank_node.standing import Standing
from bank_node.store.books import Books
from bank_node.store.commit import Commits
from bank_node.store.database import DatabaseProblem, Readers, open_commits, open_database
from bank_node.store.peers import keys_of
from bank_node.store.writer import Writer
from bank_node.transfers.charter import Charter, Directory
from bank_node.transfers.keyring import Keyring, own_keys

log = logging.getLogger(__name__)


def open_bank(settings: BankSettings, migrating: Callable[[], None] | None = None) -> Bank:
    """The bank with these settings, its writer running. Raises DatabaseProblem or IdentityProblem in words.

    `migrating` is called in the middle of a migration: the lab has something to do there.
    """
    entry = _read_seed(settings.seed_file) if settings.seed_file else {}
    settings = settings.model_copy(update={"bank_name": settings.bank_name or str(entry.get("name", ""))})
    engine = open_database(settings, migrating)
    clock = SystemClock(settings.bank_clock_offset_ms if settings.bank_lab else 0)
    ids = TimeOrderedIds(clock)
    charter = charter_of(settings)

    def commits() -> Commits:
        return open_commits(engine, settings, charter, clock, ids)

    writer = Writer(commits, settings.commit_batch_max)
    bank = put_together(settings, charter, writer, Readers(settings), clock, ids, open_desk(settings))
    writer.start()
    try:
        take_up(bank, entry)
    except BaseException:
        close_bank(bank)
        raise
    return bank


def put_together(
    settings: BankSettings, charter: Charter, writer: Writer, readers: Readers, clock: Clock, ids: Ids, desk: Desk
) -> Bank:
    """A bank of these pieces, and of those that only tell one another what was committed. Nothing is asked yet."""
    bell, link, standing = Bell(), Link(clock), Standing()
    writer.on_commit.append(lambda committed: bell.ring(committed.rung))
    link.on_change.append(lambda: bell.ring(("link",)))
    standing.on_change.append(lambda: bell.ring(("link",)))
    writer.on_commit.append(lambda committed: standing.learn(committed.suspicion))
    keyring = Keyring(charter.bank_id, charter.federation_id, clock.now_us, required=settings.peer_auth == "required")
    return Bank(settings, charter, writer, readers, link, bell, clock, ids, desk, keyring, standing)


def take_up(bank: Bank, entry: dict[str, Any], secrets: Callable[[], Secrets] | None = None) -> None:
    """Whose books these are, what is believed of them, what is in them at the first start; and who the banks are.

    `secrets` are in the bank's data folder unless they are elsewhere.
    """
    _take_up(bank, entry)
    _know_each_other(bank, secrets or (lambda: read_secrets(bank.settings.data_dir)))


def close_bank(bank: Bank) -> None:
    """Commits what is queued and lets go of everything."""
    bank.bell.close()
    bank.writer.stop()
    bank.desk.close()
    bank.readers.close()


def charter_of(settings: BankSettings) -> Charter:
    own = f"http://{settings.host}:{settings.port}"
    return Charter(
        bank_id=settings.bank_id,
        name=settings.name,
        federation_id=settings.federation_id,
        directory=Directory({settings.bank_id: own, **settings.peers}),
        transfer_expiry_ms=settings.transfer_expiry_ms,
        cancel_grace_ms=settings.cancel_grace_ms,
        redrive_after_ms=settings.redrive_after_ms,
        redrive_after_ms_max=settings.redrive_after_ms_max,
        idempotency_keep_ms=settings.idempotency_keep_days * 86_400_000,
        approval_expiry_ms=settings.approval_expiry_minutes * 60_000,
        outbox_keep_ms=settings.outbox_keep_ms,
    )


def _take_up(bank: Bank, entry: dict[str, Any]) -> None:
    try:
        bank.submit_and_wait(identify)
    except Refusal as refusal:
        raise DatabaseProblem(f"{bank.settings.database_place}: {refusal.detail}") from refusal
    bank.submit_and_wait(look_up_standing)
    if not entry or bank.submit_and_wait(is_seeded):
        return
    staff = [
        NewStaff(person["username"], person["name"], person["role"], hash_password(person["password"]))
        for person in entry.get("staff", [])
    ]
    bank.submit_and_wait(_begin, Seed(entry.get("customers", []), entry.get("accounts", [])), staff)


def _know_each_other(bank: Bank, secrets: Callable[[], Secrets]) -> None:
    """Its own keys, made at the first start, and what the other banks have said of themselves so far."""
    keyring, settings, bank_id = bank.keyring, bank.settings, bank.charter.bank_id
    if keyring is None:
        return
    private = _private_keys(secrets())
    with bank.readers.connection() as connection:
        announced = keys_of(connection, bank_id)
        if announced and announced[-1].version > max(private):
            raise IdentityProblem(
                f"exchange key {announced[-1].version} of {bank_id} is gone, and the other banks seal with it. Put"
                f" exchange-{announced[-1].version}.key back from a backup, or make another: bankfed rekey {bank_id}."
            )
        keyring.hold(own_keys(private, announced, settings.key_window_ms * 1000))
        keyring.more_of_its_own = lambda: _private_keys_now(secrets)
        bank.look_up_peers(connection)


def _private_keys(secrets: Secrets) -> dict[int, str]:
    return {version: key.private for version, key in secrets.exchange_keys.items()}


def _private_keys_now(secrets: Callable[[], Secrets]) -> dict[int, str]:
    """None where they can not be read: the process goes on with those in its memory."""
    try:
        return _private_keys(secrets())
    except IdentityProblem as problem:
        log.error("this bank can not read its own keys: %s", problem)
        return {}


def _begin(books: Books, now_us: int, ids: Any, world: Seed, staff: list[NewStaff]) -> None:
    if seed(books, now_us, ids, world):
        for person in staff:
            hire(books, now_us, ids, person)


def _read_seed(path: Path) -> dict[str, Any]:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatabaseProblem(f"the seed file {path} cannot be read: {error}") from error
    if not isinstance(entry, dict):
        raise DatabaseProblem(f"the seed file {path} is not a bank's entry of a world file")
    return entry
