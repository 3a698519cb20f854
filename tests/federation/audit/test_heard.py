"""A bank's own log may be whole and its books fit it, and still not be what other banks heard: `verify` names it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.ledger.chain import link
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.registry import hear_banks
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.standing import suspect
from bank_node.transfers.registry import OPEN, PeerRecord
from federation.audit.chain import BankAudit
from federation.cli import main
from tests.support.backup import restore, take_backup
from tests.support.cast import ALICE, SmallBank, Town, an_order, open_small_bank, open_town
from tests.support.paper_bank import open_paper_bank, write_world
from tests.support.tampering import tamper


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Both banks stopped: their files lie where a data folder has them."""
    town = open_town(tmp_path / "banks", federation_id="f-1")
    town.alfa.do(send_transfer, an_order(12_50))
    town.deliver()
    write_world(tmp_path, {"ALFA": "http://127.0.0.1:9", "BRVO": "http://127.0.0.1:9"})
    yield town
    town.close()


def head(bank: SmallBank) -> tuple[int, str]:
    found: tuple[int, str] = bank.do(lambda books, *_: books.audit.head())
    return found


def tell(town: Town, sequence: int = 1) -> None:
    """ALFA says in the registry how far its log has come; both banks hear it."""
    for bank in town.banks.values():
        end = head(town.alfa)  # before the bank that hears it has noted it
        record = PeerRecord("ALFA", "Alfa", "http://127.0.0.1:9", "", "", (), OPEN, 1, sequence, end)
        bank.do(hear_banks, [record])


def verified(data: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """The exit code, and what is said of each bank's log."""
    code = main(["verify", "--json", "--data", str(data)])
    return code, {audit["bank"]: audit for audit in json.loads(capsys.readouterr().out)["audit"]}


def test_a_log_that_has_what_others_heard_of_it_holds(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(town)
    town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR"))  # it may have grown since
    code, audits = verified(tmp_path, capsys)
    assert (code, audits["ALFA"]["detail"], audits["ALFA"]["known_to"]) == (0, "holds", ["BRVO"])
    assert (audits["BRVO"]["detail"], audits["BRVO"]["known_to"]) == ("holds", [])
    assert main(["verify", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert ", known to BRVO\n" in out
    assert ", known to no other bank\n" in out


def test_an_old_backup_in_place_of_a_banks_books_is_named(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "banks" / "ALFA" / "bank.db"
    backup = take_backup(database, tmp_path / "backup.db")
    before, _ = head(town.alfa)
    town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR"))  # no other bank has a part in it: every law would hold
    tell(town)
    seq, _ = head(town.alfa)
    town.alfa.close()
    restore(backup, database)
    code, audits = verified(tmp_path, capsys)
    assert (code, audits["ALFA"]["ok"], audits["BRVO"]["ok"]) == (6, False, True)
    assert audits["ALFA"]["detail"] == f"audit_log {seq}: BRVO has heard of it, and the log ends at row {before}"
    assert main(["verify", "--data", str(tmp_path)]) == 6
    assert f"\n       audit_log {seq}: BRVO has heard of it" in capsys.readouterr().out


def rewritten(bank: SmallBank) -> None:
    """The last row says that somebody else did it, with the hash that belongs to that."""
    last = "SELECT seq, at_us, actor, action, subject, facts FROM audit_log ORDER BY seq DESC LIMIT 2"
    (seq, at_us, _, *rest), _before = bank.connection.execute(last).fetchall()
    (previous,) = bank.connection.execute("SELECT hash FROM audit_log WHERE seq = ?", [seq - 1]).fetchone()
    hash_ = link(bytes(previous), seq, at_us, "mallory", *rest)
    tamper(bank, "UPDATE audit_log SET actor = 'mallory', hash = ? WHERE seq = ?", hash_, seq)
    tamper(bank, "UPDATE entries SET actor = 'mallory' WHERE id = (SELECT max(id) FROM entries)")


def test_an_end_of_the_log_written_anew_is_named(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR", actor="teller1"))
    seq, _ = head(town.alfa)
    rewritten(town.alfa)
    assert verified(tmp_path, capsys)[0] == 0, "the bank itself can not know"
    # what BRVO heard was the row as it was
    told = PeerRecord("ALFA", "Alfa", "http://127.0.0.1:9", "", "", (), OPEN, 1, 1, (seq, "ab" * 32))
    town.brvo.do(hear_banks, [told])
    town.alfa.do(deposit, CashOrder(ALICE, 2_00, "EUR"))
    code, audits = verified(tmp_path, capsys)
    assert (code, audits["ALFA"]["detail"]) == (6, f"audit_log {seq}: it is not the row that BRVO has heard of")


@pytest.mark.parametrize("name", ["ALFA", "BRVO"])
def test_a_suspect_bank_is_left_out_on_both_sides_and_that_is_said(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    record = PeerRecord("ALFA", "Alfa", "http://127.0.0.1:9", "", "", (), OPEN, 1, 1, (1_000, "ab" * 32))
    town.brvo.do(hear_banks, [record])
    town.banks[name].do(suspect, "restored")
    code, audits = verified(tmp_path, capsys)
    assert (code, audits["ALFA"]["known_to"]) == (0, [])
    assert audits[name]["not_compared"] == "the bank is SUSPECT"
    assert main(["verify", "--data", str(tmp_path)]) == 0
    assert "not held against what others heard of it: the bank is SUSPECT" in capsys.readouterr().out


def test_a_running_bank_is_asked_for_just_the_rows_that_others_heard_of(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(town)
    seq, hash_hex = head(town.alfa)
    snapshot = b"\n".join(town.alfa.read(lambda c: list(_lines(town.alfa, c))))
    said = {"bank": "ALFA", "rows": seq, "head": {"seq": seq, "hash": hash_hex}, "ok": True, "detail": "holds"}
    with open_paper_bank() as paper:
        paper.answers["GET /readyz"] = (200, {"ok": True})
        paper.answers["GET /api/v1/audit/snapshot"] = (200, snapshot)
        paper.answers["GET /api/v1/audit/chain"] = [
            (200, {**said, "hashes": {str(seq): hash_hex}}),
            (200, {**said, "hashes": {str(seq): "ab" * 32}}),
            (200, {**said, "hashes": {}}),
            (200, said),
        ]
        write_world(tmp_path, {"ALFA": paper.url, "BRVO": "http://127.0.0.1:9"})
        assert [verified(tmp_path, capsys)[0] for _ in range(3)] == [0, 6, 6]
        code, audits = verified(tmp_path, capsys)
    assert (code, audits["ALFA"]["not_compared"]) == (0, "its program is too old to be asked")
    asked = [query for _, path, query, _, _ in paper.asked if path.endswith("chain")]
    assert asked == [{"seqs": [str(seq)]}] * 4


def test_what_is_lacking_stands_beside_what_was_found() -> None:
    audit = BankAudit("ALFA", 7, (7, "aa"), ok=False, detail="entries 5: it is gone", hashes={})
    said = audit.held_against({"BRVO": (9, "bb"), "CHRL": (5, "cc")})
    assert not said.ok
    assert said.detail.split("; ") == [
        "entries 5: it is gone",
        "audit_log 9: BRVO has heard of it, and the log ends at row 7",
        "audit_log 5: it is not the row that CHRL has heard of",
    ]


def test_an_old_backup_of_the_bank_that_heard_accuses_nobody(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "banks" / "BRVO" / "bank.db"
    tell(town)
    backup = take_backup(database, tmp_path / "backup.db")
    town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR"))
    tell(town, sequence=2)
    town.brvo.close()
    restore(backup, database)
    again = open_small_bank(tmp_path / "banks" / "BRVO", "BRVO", {}, federation_id="f-1")
    code, audits = verified(tmp_path, capsys)
    again.close()
    assert (code, audits["ALFA"]["known_to"]) == (0, ["BRVO"])


def _lines(bank: SmallBank, connection: Any) -> Iterator[bytes]:
    from bank_node.store.snapshot import snapshot_lines

    return snapshot_lines(connection, bank.charter, bank.clock.now_us())
