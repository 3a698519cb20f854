"""The desk is asked on every page: what waits is found by an index of just that, however many rows a table has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from bank_node.store import desk_queries
from bank_node.store.desk_queries import Horizon
from tests.support.cast import NOON_US, Town, open_town

AT = Horizon.at(NOON_US, 1_000)
MANY = 50_000


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


def plan_of(connection: Connection, ask: object) -> str:
    """How SQLite would find what a query asks for, without running it."""
    asked: list[tuple[str, object]] = []

    def listen(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", listen)
    ask(connection)  # type: ignore[operator]
    event.remove(connection, "before_cursor_execute", listen)
    statement, parameters = asked[0]
    cursor = connection.connection.cursor()
    return "\n".join(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))


def test_every_count_is_an_index_of_what_waits(town: Town) -> None:
    plan = town.alfa.read(lambda connection: plan_of(connection, lambda c: desk_queries.counts(c, AT, 1_000)))
    scans = re.findall(
        r"(?:SCAN|SEARCH) (transfers|decisions|quarantine|incidents|outbox|recall_requests|unclaimed) (.*)", plan
    )
    assert len(scans) == 9
    assert all("INDEX" in how for _, how in scans), plan


@pytest.mark.parametrize("kind", ["quarantine", "incident", "parked", "unclaimed"])
def test_a_page_of_numbered_items_is_read_in_order_without_sorting(town: Town, kind: str) -> None:
    ask = lambda c: desk_queries.items(c, kind, AT, before="77")  # noqa: E731
    plan = town.alfa.read(lambda connection: plan_of(connection, ask))
    assert "TEMP B-TREE" not in plan, plan


@pytest.mark.parametrize("order", [1, -1])
def test_the_banner_looks_where_only_such_incidents_are(town: Town, order: int) -> None:
    """Whichever index was made first: what a table's indexes are kept in has no order of its own."""
    connection = town.alfa.connection
    found = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'incidents' ORDER BY name"
    for name, made in connection.execute(found).fetchall()[::order]:
        connection.execute(f"DROP INDEX {name}")
        connection.execute(made)
    plan = town.alfa.read(lambda connection: plan_of(connection, desk_queries.notice))
    assert "incidents_forgot" in plan


def test_fifty_thousand_records_are_counted_and_paged(town: Town) -> None:
    rows = ((n, f"{n:064d}") for n in range(MANY))
    connection = town.alfa.connection
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        'INSERT INTO quarantine (at_us, code, text, topic, partition, "offset", value, sha256)'
        " VALUES (1, 'FF01', 'not JSON', 't', 0, ?, x'00', ?)",
        rows,
    )
    connection.execute("COMMIT")
    assert town.alfa.read(desk_queries.counts, AT)["quarantine"] == MANY
    assert town.alfa.read(desk_queries.counts, AT, 1_000)["quarantine"] == 1_000, "a badge counts no further"
    page = town.alfa.read(desk_queries.items, "quarantine", AT, before=str(MANY // 2), limit=3)
    assert [item.id for item in page] == [str(MANY // 2 - n) for n in (1, 2, 3)]
