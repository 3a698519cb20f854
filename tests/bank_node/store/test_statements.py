from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

from bank_node import store
from bank_node.settings import BankSettings
from bank_node.store.database import open_database, writing_connection
from bank_node.store.statements import ALL, Hot


def test_every_hot_statement_fits_the_real_schema(tmp_path: Path, database_url: str) -> None:
    for module in pkgutil.iter_modules(store.__path__):
        importlib.import_module(f"bank_node.store.{module.name}")
    settings = BankSettings(bank_id="ALFA", data_dir=tmp_path, database_url=database_url, synchronous="OFF")
    engine = open_database(settings)
    connection = writing_connection(engine)
    engine.dispose()
    for statement in ALL:
        names = re.findall(r":([a-z_]\w*)", statement.sqlite)
        sql = statement.postgresql if database_url else statement.sqlite
        connection.execute(f"EXPLAIN {sql}", dict.fromkeys(names)).fetchall()
    connection.close()
    assert len(ALL) > 30


def test_a_statement_is_said_in_the_words_of_each_driver() -> None:
    hot = Hot("SELECT id FROM accounts WHERE code = :code AND id::text <> :other")
    ALL.remove(hot)
    assert hot.postgresql == "SELECT id FROM accounts WHERE code = %(code)s AND id::text <> %(other)s"
