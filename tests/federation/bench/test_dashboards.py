"""Pages left open are opened, told and closed as a browser's are, and the bench around them balances its books."""

from __future__ import annotations

import pytest

from federation.bench import dashboards


def test_the_bench_opens_pages_that_are_told_what_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in {"PAGES": 4, "ACCEPTS": 20, "CONNECTIONS": 4, "SETTLE_S": 0.0, "IDLE_S": 0.1}.items():
        monkeypatch.setattr(dashboards, name, small)
    said: list[str] = []
    report = dashboards.run(1, said.append)
    assert (report.conserved, report.errors) == (True, 0)
    assert [figure.id for figure in report.figures] == ["P16", "P16 rate", "P16 idle"]
    assert int(report.notes[0].split()[0].replace(",", "")) >= 8  # each page at least once in each of two rounds
    assert all(load > 0 for load in report.figures[0].rounds)
