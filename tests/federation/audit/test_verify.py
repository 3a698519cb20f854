"""`bankfed verify` over banks that run and banks that are stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.standing import suspect
from bank_node.store.snapshot import snapshot_lines
from federation.cli import main
from tests.support.archive import DAY_MS, seal_all
from tests.support.backup import restore, take_backup
from tests.support.cast import BOB, SmallBank, Town, an_order, open_small_bank, open_town
from tests.support.paper_bank import PaperBank, open_paper_bank, write_world

HOLDS = {
    "bank": "ALFA",
    "rows": 7,
    "head": {"seq": 7, "hash": "ab" * 32},
    "ok": True,
    "detail": "holds",
}
NOT_HEARD_OF: dict[str, object] = {"known_to": [], "not_compared": ""}


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
        paper.answers["GET /api/v1/audit/chain"] = (200, b"\n\n" + json.dumps(HOLDS | {"hashes": {}}).encode())
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
        {
            "currency": "EUR",
            "issued_minor": 400_00,
            "in_accounts_minor": 399_00,
            "in_flight_minor": 1_00,
            "left_out_minor": 0,
        }
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


def tamper(bank: SmallBank, trigger: str, sql: str) -> None:
    bank.connection.execute(f"DROP TRIGGER {trigger}")
    assert bank.connection.execute(sql).rowcount == 1


def test_every_banks_audit_log_is_checked_and_its_head_told(
    town: Town, alfa_open: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answer = verified(tmp_path, capsys)
    seq, hash_hex = town.brvo.do(lambda books, *_: books.audit.head())
    brvo = HOLDS | {"bank": "BRVO", "rows": seq, "head": {"seq": seq, "hash": hash_hex}}
    assert (code, answer["audit"]) == (0, [HOLDS | NOT_HEARD_OF, brvo | NOT_HEARD_OF])


@pytest.mark.parametrize(
    ("trigger", "sql", "named"),
    [
        ("audit_log_no_update", "UPDATE audit_log SET actor = 'mallory' WHERE seq = 3", "audit_log 3: "),
        ("audit_log_no_delete", "DELETE FROM audit_log WHERE seq = 3", "audit_log 3: row 3 is missing"),
        ("entries_no_update", "UPDATE entries SET text = 'mallory' WHERE id = 3", "entries 3: "),
        ("postings_no_update", "UPDATE postings SET balance_after = 0 WHERE entry_id = 3 AND amount > 0", "/3: "),
        ("decisions_never_change", "UPDATE decisions SET content_hash = ''", "decisions ALFA/"),
    ],
)
def test_a_row_changed_past_the_triggers_is_exit_code_6_and_named(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str], trigger: str, sql: str, named: str
) -> None:
    town.alfa.do(send_transfer, an_order(12_50))
    town.deliver()
    town.brvo.do(deposit, CashOrder(BOB, 1_00, "EUR"))
    tamper(town.brvo, trigger, sql)
    assert main(["verify", "--data", str(tmp_path)]) == 6
    out = capsys.readouterr().out
    assert "Audit log of ALFA: " in out
    assert "Audit log of BRVO: is broken" in out
    assert named in out
    assert "audit log of BRVO." in out


def test_a_changed_archive_is_exit_code_6_and_named(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.clock.pass_ms(100 * DAY_MS)
    assert seal_all(town.brvo) == ["2026-11"]
    assert main(["verify", "--data", str(tmp_path)]) == 0
    tamper(town.brvo, "archived_balances_no_update", "UPDATE archived_balances SET amount = 1 WHERE account_id = 1")
    assert main(["verify", "--data", str(tmp_path)]) == 6
    said = capsys.readouterr().out
    assert "archived_balances 1/2026-11: it says 1, all postings up to there sum to 10000" in said


def test_a_broken_log_that_a_running_bank_tells_of_is_exit_code_6(
    town: Town, alfa_open: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {**HOLDS, "ok": False, "detail": "entries 5: the audit log does not know it"}
    alfa_open.answers["GET /api/v1/audit/chain"] = (200, broken | {"hashes": {}})
    code, answer = verified(tmp_path, capsys)
    assert (code, answer["ok"], answer["audit"][0]) == (6, False, broken | NOT_HEARD_OF)  # type: ignore[index]


def test_a_check_cut_short_proves_nothing(
    town: Town, alfa_open: PaperBank, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alfa_open.answers["GET /api/v1/audit/chain"] = (200, b"\n\n")
    assert main(["verify", "--data", str(tmp_path)]) == 3
    assert "ALFA cannot be read, so nothing can be proven" in capsys.readouterr().err


def test_a_suspect_bank_is_left_out_and_that_is_said(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """BRVO forgot what it credited; what ALFA says of it is no breach, and money that went there is not lost."""
    database = tmp_path / "banks" / "BRVO" / "bank.db"
    backup = take_backup(database, tmp_path / "backup.db")
    town.alfa.do(send_transfer, an_order(12_50))
    town.deliver()
    town.brvo.close()
    restore(backup, database)
    again = open_small_bank(tmp_path / "banks" / "BRVO", "BRVO", {}, federation_id="f-1")
    again.do(suspect, "restored")
    again.close()
    code, answer = verified(tmp_path, capsys)
    assert (code, answer["ok"], answer["suspect"]) == (0, True, ["BRVO"])
    money = answer["by_currency"]
    assert isinstance(money, list)
    assert (money[0]["in_accounts_minor"], money[0]["left_out_minor"]) == (187_50, 12_50)
    assert main(["verify", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "SUSPECT, left out" in out
    assert "No cent moved wrongly among the others; left out: BRVO." in out
