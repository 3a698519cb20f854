"""A bank that is killed while it is read: asked again, or read from its file; never the end of the audit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bank_node.operations.send_transfer import send_transfer
from bank_node.store.snapshot import snapshot_lines
from federation.audit import reading
from federation.cli import main
from tests.support.cast import SmallBank, Town, an_order, open_town
from tests.support.paper_bank import PaperBank, open_paper_bank, write_world

QUESTIONS = 5  # of one whole audit: a token, /readyz, the snapshot, some transfers again, the audit log


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path / "banks", federation_id="f-1")
    yield town
    town.close()


@pytest.fixture
def alfa(town: Town, tmp_path: Path) -> Iterator[PaperBank]:
    """ALFA answers, and is read too early: what BRVO credited since must be asked again. BRVO is stopped."""
    before = lines(town.alfa)
    town.alfa.do(send_transfer, an_order(12_50))
    town.deliver()
    with open_paper_bank() as paper:
        paper.answers["GET /readyz"] = (200, {"ok": True})
        paper.answers["GET /api/v1/audit/snapshot"] = [(200, before), (200, lines(town.alfa))]
        said = {"bank": "ALFA", "rows": 7, "head": {"seq": 7, "hash": "ab" * 32}, "ok": True, "detail": "holds"}
        paper.answers["GET /api/v1/audit/chain"] = (200, {**said, "hashes": {}})
        write_world(tmp_path, {"ALFA": paper.url, "BRVO": "http://127.0.0.1:9"})
        yield paper


def lines(bank: SmallBank) -> bytes:
    with bank.readers.connection() as connection:
        return b"".join(snapshot_lines(connection, bank.charter, bank.clock.now_us()))


def verified(data: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code = main(["verify", "--json", "--data", str(data)])
    out, error = capsys.readouterr()
    assert code == 0, error
    found: dict[str, Any] = json.loads(out)
    return found


def paths(bank: PaperBank) -> list[str]:
    return [path.rsplit("/", 1)[1] for _, path, _, _, _ in bank.asked]


def test_an_audit_asks_so_many_questions(alfa: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verified(tmp_path, capsys)
    assert paths(alfa) == ["token", "readyz", "snapshot", "snapshot", "chain"]
    assert len(alfa.asked) == QUESTIONS


@pytest.mark.parametrize("nth", range(3, QUESTIONS + 1))
def test_a_bank_that_is_there_again_is_asked_again(
    alfa: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str], nth: int
) -> None:
    alfa.deaf_to = lambda number: number == nth
    answer = verified(tmp_path, capsys)
    assert answer["audit"][0]["rows"] == 7, "its own word, not that of its file"
    asked = paths(alfa)
    assert asked[nth - 1 : nth + 3] == [asked[nth - 1], "token", "readyz", asked[nth - 1]]


@pytest.mark.parametrize("nth", range(1, QUESTIONS + 1))
def test_of_a_bank_that_is_gone_for_good_the_file_is_read(
    town: Town,
    alfa: PaperBank,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    nth: int,
) -> None:
    monkeypatch.setattr(reading, "PATIENCE_S", 0.0)
    alfa.deaf_to = lambda number: number >= nth
    answer = verified(tmp_path, capsys)
    assert answer["audit"][0]["rows"] == town.alfa.count("audit_log")
    liveness = answer["laws"][6]
    assert liveness["detail"].startswith("not asked now: BRVO is" if nth == QUESTIONS else "not asked now: ALFA, BRVO")


def test_a_bank_that_dies_whenever_it_is_read_is_given_up(
    town: Town,
    alfa: PaperBank,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It lets its auditor in each time."""
    moments = count(0, 2)
    monkeypatch.setattr(reading, "monotonic", lambda: next(moments))
    alfa.deaf_to = lambda number: alfa.asked[number - 1][1].endswith("chain")
    answer = verified(tmp_path, capsys)
    assert answer["audit"][0]["rows"] == town.alfa.count("audit_log")
    assert 2 < paths(alfa).count("chain") < 10


@pytest.mark.parametrize("status", [401, 500, 503])
def test_a_refusal_that_passes_is_no_end_either(
    alfa: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    chain = alfa.answers["GET /api/v1/audit/chain"]
    alfa.answers["GET /api/v1/audit/chain"] = [(status, {"title": "just now not"}), chain]  # type: ignore[list-item]
    assert verified(tmp_path, capsys)["audit"][0]["rows"] == 7
    assert paths(alfa)[-3:] == ["token", "readyz", "chain"]


def test_a_refusal_that_stays_is_said(alfa: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alfa.answers["GET /api/v1/audit/chain"] = (403, {"title": "not yours", "code": "forbidden"})
    assert main(["verify", "--data", str(tmp_path)]) == 7
    assert "ALFA refused: not yours" in capsys.readouterr().err


def test_an_auditor_whom_a_bank_does_not_let_in_is_said(
    alfa: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alfa.answers["POST /api/v1/auth/token"] = (401, {"title": "who?", "code": "wrong_password"})
    assert main(["verify", "--data", str(tmp_path)]) == 7
    assert "ALFA refused: who?" in capsys.readouterr().err
