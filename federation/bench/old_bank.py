"""A bank with a past: ten thousand customers, a million entries, a year of business days. Made once, and kept.

It lies in the user's cache folder, and a bench takes a copy of it. Its laws and its audit chain are checked before it
is kept; `past` writes it, `today` puts on a copy what pages show of this very day.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bank_node.operations.seeding import Seed, identify, seed
from bank_node.settings import BankSettings
from bank_node.store.audit_check import check_chain
from bank_node.store.database import Readers
from federation.bench.conservation import broken
from federation.bench.figure import Say
from federation.bench.past import DAY_US, FIRST_DAY_US, HOME, Hands, hands_on, live_a_day, open_everybody
from federation.failure import Failure

RECIPE = 1  # raised with every change of what is written


@dataclass(frozen=True, slots=True)
class Size:
    customers: int = 10_000
    entries: int = 1_000_000
    days: int = 365


def old_bank(cache: Path, size: Size, say: Say) -> Path:
    """The folder of the kept bank of this size; made now if there is none. Raises Failure where it breaks a law."""
    named = f"old-bank-{RECIPE}-{size.customers}-{size.entries}-{size.days}"
    kept = cache / named
    if kept.exists():
        said = json.loads((kept / "made.json").read_text(encoding="utf-8"))
        say(f"{kept} is kept: {said['entries']:,} entries, made in {said['took_s']:.0f} s")
        return kept
    making = cache / f"{named}.{os.getpid()}"
    making.mkdir(parents=True)
    try:
        began = time.perf_counter()
        made = make(making, size, say)
        said = {**asdict(size), **made, "took_s": round(time.perf_counter() - began, 1)}
        (making / "made.json").write_text(json.dumps(said), encoding="utf-8")
        making.rename(kept)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    say(f"{kept} made in {said['took_s']:.0f} s: {said['entries']:,} entries")
    return kept


def make(folder: Path, size: Size, say: Say) -> dict[str, Any]:
    """Writes the bank into an empty folder, and holds it against its laws."""
    with hands_on(folder) as hands:
        hands.one(identify)
        hands.one(seed, Seed([], []))
        open_everybody(hands, size.customers)
        entries = _entries(hands)
        a_day = max(1, (size.entries - entries) // size.days)
        for day in range(size.days):
            hands.clock.at_us = FIRST_DAY_US + (day + 1) * DAY_US
            live_a_day(hands, a_day)
            if day % 30 == 29:
                entries = _entries(hands)
                say(f"day {day + 1}: {entries:,} entries")
        live_a_day(hands, size.entries - _entries(hands))
        made = {"entries": _entries(hands), "refused": hands.refused}
        hands.commits.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _check(folder)
    return made


def _entries(hands: Hands) -> int:
    return int(hands.commits.connection.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()[0])


def _check(folder: Path) -> None:
    readers = Readers(BankSettings(bank_id=HOME, data_dir=folder))
    try:
        with readers.connection() as connection:
            report = check_chain(connection)
    finally:
        readers.close()
    found = broken(folder / "bank.db")
    if found or report.detail != "holds":
        raise Failure("the bench's bank breaks its laws", detail="\n".join([*found, report.detail]))
