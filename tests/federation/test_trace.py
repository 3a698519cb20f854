"""One transfer over all banks, out of their own books."""

from __future__ import annotations

from pathlib import Path

from federation.roster import read_roster
from federation.trace import steps
from tests.support.paper_bank import open_paper_bank, write_world

ID = "01a1fd53-f69d-72fe-a9ec-a823da4e6119"


def said(*history: dict[str, object]) -> tuple[int, dict[str, object]]:
    return 200, {"transaction_id": ID, "amount_minor": 1250, "currency": "EUR", "history": list(history)}


def test_what_each_bank_knows_is_told_by_time_and_banks_that_are_away_are_left_out(tmp_path: Path) -> None:
    with open_paper_bank() as alfa, open_paper_bank() as brvo, open_paper_bank() as chrl:
        alfa.answers[f"GET /api/v1/transfers/{ID}"] = said(
            {"what": "booked", "at": "2026-11-21T08:00:00.000Z"},
            {"what": "completed", "at": "2026-11-21T08:00:02.000Z"},
            {"what": "at_the_other_bank", "by_clock_of": "BRVO"},
        )
        brvo.answers[f"GET /api/v1/transfers/{ID}"] = said({"what": "credited", "at": "2026-11-21T08:00:01.000Z"})
        urls = {"ALFA": alfa.url, "BRVO": brvo.url, "CHRL": chrl.url, "DLTA": "http://127.0.0.1:9"}
        write_world(tmp_path, urls)
        lines = steps(read_roster(tmp_path), ID)
    assert [(line.source, line.event) for line in lines] == [
        ("ALFA", "booked"),
        ("BRVO", "credited"),
        ("ALFA", "completed"),
    ]
    assert all(line.mentions(ID) for line in lines)
    assert lines[0].fields["amount_minor"] == 1250


def test_half_an_id_is_not_asked_for(tmp_path: Path) -> None:
    with open_paper_bank() as alfa:
        write_world(tmp_path, {"ALFA": alfa.url})
        assert steps(read_roster(tmp_path), ID[:8]) == []
        assert alfa.asked == []
