"""The bench's bank with a past keeps the laws, is made once, and the walk leads through every page that there is."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from federation.bench import pages
from federation.bench.old_bank import Size, old_bank
from federation.bench.past import HOME, hands_on
from federation.bench.today import begin_today
from federation.bench.walk import ASIDE, WALK, places, stops
from federation.failure import Failure
from teller_ui.routes import PAGES

SMALL = Size(customers=60, entries=1_500, days=4)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return old_bank(tmp_path_factory.mktemp("cache"), SMALL, lambda _: None)


def test_it_has_the_entries_that_were_asked_for_and_is_made_once(kept: Path) -> None:
    assert json.loads((kept / "made.json").read_text())["entries"] == pytest.approx(SMALL.entries, rel=0.02)
    said: list[str] = []
    assert old_bank(kept.parent, SMALL, said.append) == kept
    assert "is kept: 1,5" in said[0]


def test_one_that_breaks_a_law_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.bench.old_bank.broken", lambda _: ["every entry balances"])
    with pytest.raises(Failure) as failure:
        old_bank(tmp_path, Size(5, 20, 1), lambda _: None)
    assert "every entry balances" in failure.value.detail
    assert list(tmp_path.iterdir()) == []


def test_every_page_is_on_the_walk_or_left_out_by_name() -> None:
    routes = {page.path for page in PAGES if page.method == "GET"}
    assert routes == set(WALK) | ASIDE


def test_every_stop_of_the_walk_answers(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ASKED", 1)
    database = tmp_path / HOME / "bank.db"
    database.parent.mkdir()
    database.write_bytes((kept / "bank.db").read_bytes())
    with hands_on(database.parent) as hands:
        begin_today(hands)
        assert hands.refused == 0
    with pages.served(tmp_path, database) as (bank, _):
        walked = pages.Walker(bank, list(stops(places(database)))).walk()
    assert walked.errors == {}
    assert sqlite3.connect(database).execute("SELECT count(*) FROM unclaimed").fetchone() == (1,)
