"""What a bank has before a history begins, made once per worker: settings, and the database with its accounts in it."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bank_node.lab.failpoints import MIGRATE_MID, Failpoint
from bank_node.opening import charter_of
from bank_node.operations.seeding import Seed, identify, seed
from bank_node.settings import BankSettings
from bank_node.store.books import Books
from bank_node.store.commit import Commits, Job
from bank_node.store.database import migrate
from bank_node.store.unit import UnitOfWork
from federation.simulation.accounts import BANKS, LIAR, entry_of
from federation.simulation.clocks import NamedIds, WrongClock
from federation.simulation.database import MemoryDatabase
from federation.simulation.keys import FEDERATION, authority
from federation.simulation.line import Line
from federation.simulation.timeline import Timeline


class SimulatedSettings(BankSettings):
    """Settings that no environment changes: a seed means the same everywhere."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        *_: Any,
        **__: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@cache
def settings_of(bank_id: str, banks: int, knobs: tuple[tuple[str, Any], ...]) -> BankSettings:
    """`knobs` are settings by name."""
    return SimulatedSettings(
        bank_id=bank_id,
        federation_id=FEDERATION,
        authority_public_key=authority().public,
        peers={name: f"http://{name.lower()}.example" for name in (*BANKS[:banks], LIAR)},
        synchronous="OFF",
        **dict(knobs),
    )


@cache
def template_of(bank_id: str) -> Line:
    """The database of a bank that was founded and has done nothing since: only to be copied."""
    database = MemoryDatabase()
    found(bank_id, database, lambda _: None)
    return database.line


def found(bank_id: str, database: MemoryDatabase, failpoint: Failpoint) -> None:
    """Makes the schema, and opens the accounts."""
    migrate(database.engine, "a simulated bank", lambda: failpoint(MIGRATE_MID))
    clock = WrongClock(Timeline())
    charter = charter_of(settings_of(bank_id, len(BANKS), ()))
    commits = Commits(database.line, Books(UnitOfWork(database.line, "sqlite"), charter), clock, NamedIds(bank_id))
    jobs = [Job(identify, ()), Job(seed, (Seed([], entry_of(bank_id)),))]
    commits.run(jobs)
    for job in jobs:
        if job.error is not None:
            raise job.error
