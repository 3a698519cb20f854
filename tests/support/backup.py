"""A backup of a bank's database, and its restoration long after: what an operator does who then forgets to say so."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def take_backup(database: Path, to: Path) -> Path:
    """As it stands, also while the bank is open."""
    with closing(sqlite3.connect(database)) as here, closing(sqlite3.connect(to)) as there:
        here.backup(there)
    return to


def restore(backup: Path, database: Path) -> None:
    """In place of what is there; the bank is closed."""
    for beside in ("-wal", "-shm"):
        database.with_name(f"{database.name}{beside}").unlink(missing_ok=True)
    database.write_bytes(backup.read_bytes())
