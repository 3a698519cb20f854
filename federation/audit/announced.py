"""Which exchange keys a bank has announced, and until when each is believed: read from its file, running or not."""

from __future__ import annotations

from pathlib import Path

from bank_node.settings import BankSettings
from bank_node.store.database import Readers
from bank_node.store.peers import keys_of
from federation.failure import Failure


def announced_keys(bank_id: str, database: Path) -> dict[int, int | None]:
    """By version, in microseconds since 1970, None: for ever. Empty where the bank has never opened its books.

    Raises Failure.
    """
    if not database.is_file():
        return {}
    readers = Readers(BankSettings(bank_id=bank_id, data_dir=database.parent))
    try:
        with readers.connection() as connection:
            return {key.version: key.valid_until_us for key in keys_of(connection, bank_id)}
    except Exception as error:  # whatever the database room raises for a file that is none, or not of this version
        raise Failure(f"the books of {bank_id} cannot be read", why=f"{database}: {error}") from error
    finally:
        readers.close()
