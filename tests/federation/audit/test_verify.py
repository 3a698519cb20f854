"""`bankfed verify` over banks that run and banks that are stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.operations.send_transfer import send_transfer
from bank_node.store.snapshot import snapshot_lines
from federation.cli import main
from tests.support.cast import SmallBank, Town, an_order, open_town
from tests.support.paper_bank import PaperBank, open_paper_bank, write_world


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Both banks stopped: their files lie where a data folder has them."""
    town = open_town(tmp_path / "banks", federation_id="f-1")
    write_world(tmp_path, {"ALFA": "http://127.0.0.1:9", "BRVO": "http://127.0.0.1:9"})
    yield town
    town.close()


@pytest.fixture
def alfa_open(town: Town, tmp_path: Path) -> Iterator[PaperBank]:
    """ALFA answers; BRVO is stopped."""
    with open_paper_bank() as paper:
        paper.answers["GET /readyz"] = (200, {"ok": True, "broker": {"state": "up", "since": "2026-11-21T08:00:00Z"}})
        paper.answers["GET /api/v1/audit/snapshot"] = (200, lines(town.alfa))
        write_world(tmp_path, {"ALFA": paper.url, "BRVO": "http://127.0.0.1:9"})
        yield paper


def lines(bank: SmallBank) -> bytes:
    with bank.readers.connection() as connection:
        return b"".join(snapshot_lines(connection, bank.charter, bank.clock.now_us()))


def verified(data: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    code = main(["verify", "--json", "--data", str(data)])
    return code, json.loads(capsys.readouterr().out)


def test_stopped_banks_are_read_from_their_files(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.alfa.do(send_transfer, an_order(12_50))
    town.deliver()
    town.alfa.do(send_transfer, an_order(1_00))
    code, answer = verified(tmp_path, capsys)
    assert (code, answer["ok"], answer["open_transfers"]) == (0, True, 1)
    assert answer["by_currency"] == [
        {"currency": "EUR", "issued_minor": 400_00, "in_accounts_minor": 399_00, "in_flight_minor": 1_00}
    ]
    laws = answer["laws"]
    assert isinstance(laws, list)
    assert [law["id"] for law in laws] == [f"I{i}" for i in range(1, 11)]
    assert laws[6]["detail"] == "not asked now: ALFA, BRVO are stopped"


def test_the_words_are_for_students(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town.alfa.do(send_transfer, an_order(12_50))
    assert main(["verify", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "187.50 EUR in accounts, 12.50 EUR on its way out; stopped, read from its file" in out
    assert "No cent moved wrongly. 1 of 1 transfers are still under way." in out


def test_money_from_nowhere_is_exit_code_6_and_said(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.alfa.connection.execute(
        "UPDATE accounts SET balance = balance + 5 WHERE kind = 'customer' AND id = "
        "(SELECT min(id) FROM accounts WHERE kind = 'customer')"
    )
    assert main(["verify", "--data", str(tmp_path)]) == 6
    out = capsys.readouterr().out
    assert "0.05 EUR apart" in out
    assert "Broken: I2, I4." in out


def test_a_running_bank_is_asked_as_its_auditor(
    town: Town, alfa_open: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = verified(tmp_path, capsys)
    assert (code, answer["ok"]) == (0, True)
    signed_in = next(body for method, path, _, _, body in alfa_open.asked if path == "/api/v1/auth/token")
    assert b"username=auditor" in signed_in


def test_money_that_moved_between_two_readings_is_looked_at_again(
    town: Town, alfa_open: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = lines(town.alfa)
    town.alfa.do(send_transfer, an_order(12_50))
    town.deliver()
    alfa_open.answers["GET /api/v1/audit/snapshot"] = [(200, before), (200, lines(town.alfa))]
    code, answer = verified(tmp_path, capsys)
    assert (code, answer["ok"]) == (0, True)
    asked = [query for _, path, query, _, _ in alfa_open.asked if path.endswith("snapshot")]
    assert asked == [{}, {"ids": [town.alfa.snapshot().sent[0].transaction_id]}]


def test_a_snapshot_cut_short_proves_nothing(
    town: Town, alfa_open: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alfa_open.answers["GET /api/v1/audit/snapshot"] = (200, lines(town.alfa).splitlines()[0] + b"\n")
    assert main(["verify", "--data", str(tmp_path)]) == 3
    assert "ALFA cannot be read, so nothing can be proven" in capsys.readouterr().err


def test_a_bank_that_cannot_be_read_at_all_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_world(tmp_path, {"ALFA": "http://127.0.0.1:9"})
    assert main(["verify", "--data", str(tmp_path)]) == 3
    assert "bankfed start ALFA" in capsys.readouterr().err


def test_another_federations_bank_at_the_address_is_not_believed(
    town: Town, alfa_open: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alfa_open.answers["GET /api/v1/audit/snapshot"] = (200, lines(town.alfa).replace(b'"f-1"', b'"other"'))
    assert main(["verify", "--data", str(tmp_path)]) == 3
    assert "it is of federation other, not of f-1" in capsys.readouterr().err
