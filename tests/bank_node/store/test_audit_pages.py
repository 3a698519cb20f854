"""Pages of the audit log: what is no booking is found by its index, however long the log; the rest in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bank_node.operations.accounts import StateChange, change_state
from bank_node.operations.cash import CashOrder, deposit
from bank_node.store import audit_pages, schema
from bank_node.store.audit_pages import AuditPage, Search, audit_page
from tests.support.cast import ALICE, CAROL, Town, open_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Thirty bookings of teller1, and between them two acts of the supervisor."""
    town = open_town(tmp_path)
    for n in range(30):
        town.alfa.do(deposit, CashOrder(ALICE, 1_00 + n, "EUR", actor="teller1"))
        if n in (4, 20):
            state = "blocked" if n == 4 else "open"
            town.alfa.do(change_state, StateChange(CAROL, state, None, "vogt"))
    yield town
    town.close()


def look(town: Town, search: Search, **more: int) -> AuditPage:
    with town.alfa.readers.connection() as connection:
        return audit_page(connection, search, **more)


def all_of(town: Town, search: Search, limit: int) -> tuple[list[int], int]:
    """(the rows' numbers, how many pages)."""
    seen: list[int] = []
    page = look(town, search, limit=limit)
    pages = 1
    while page.next_seq is not None:
        seen += [row.seq for row in page.rows]
        page = look(town, search, before=page.next_seq, limit=limit)
        pages += 1
    return [*seen, *(row.seq for row in page.rows)], pages


@pytest.mark.parametrize("limit", [1, 7, 200])
@pytest.mark.parametrize("look_back", [1, 6, 100_000])
def test_each_row_is_told_once_whatever_the_pages(
    town: Town, monkeypatch: pytest.MonkeyPatch, limit: int, look_back: int
) -> None:
    monkeypatch.setattr(audit_pages, "LOOK_BACK", look_back)
    for search in (Search(), Search("teller1"), Search("vogt", bookings=False), Search("nobody"), Search("", "x")):
        seen, _ = all_of(town, search, limit)
        assert seen == sorted(set(seen), reverse=True)
    assert len(all_of(town, Search("teller1"), limit)[0]) == 30
    assert (
        len(all_of(town, Search("vogt"), limit)[0]) == len(all_of(town, Search("vogt", bookings=False), limit)[0]) == 2
    )


def test_a_search_that_stops_short_says_how_far_it_looked(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_pages, "LOOK_BACK", 5)
    page = look(town, Search("nobody"))
    assert page.rows == ()
    assert page.next_seq is not None
    assert page.looked_back_us is not None
    assert look(town, Search("nobody", bookings=False)).next_seq is None


@pytest.mark.parametrize(("search", "index"), [("actor", "audit_log_acts_of"), ("subject", "audit_log_acts_on")])
def test_what_is_no_booking_is_found_by_an_index(town: Town, search: str, index: str) -> None:
    wanted = f"{search} = 'x' AND {schema.NO_BOOKING} ORDER BY seq DESC"
    with town.alfa.readers.connection() as connection:
        plan = " ".join(
            str(row[-1])
            for row in connection.execute(text(f"EXPLAIN QUERY PLAN SELECT seq FROM audit_log WHERE {wanted}"))
        )
    assert index in plan
    assert "TEMP B-TREE" not in plan
