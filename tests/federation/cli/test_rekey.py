"""`bankfed rekey`: one version more, public half told, private half nowhere but in its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bank_node.identity import new_exchange_version, read_secrets
from bank_node.opening import close_bank, open_bank
from bank_node.operations.registry import Speaker, announce
from bank_node.settings import BankSettings
from bank_node.store.statements import Hot
from federation.authority import Authority
from federation.cli import main
from federation.failure import ExitCode
from federation.folder import Folder
from federation.spec import BankSpec, BrokerSpec, FederationSpec

SPEC = FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001), BankSpec("BRVO", 8002)), BrokerSpec())

MARKED = Hot("UPDATE outbox SET published_us = 1")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "here and there")
    made.make()
    made.write_spec(SPEC)
    authority = Authority(made.authority, SPEC.federation_id)
    for bank in SPEC.banks:
        authority.certify(bank.id, made.bank(bank.id))
    return made


def rekey(folder: Folder, *words: str) -> int:
    return main(["rekey", *words, "--data", str(folder.root)])


def test_a_bank_gets_the_next_version_and_the_others_none(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    before = read_secrets(folder.bank("BRVO"))
    assert rekey(folder, "brvo") == ExitCode.OK
    after = read_secrets(folder.bank("BRVO"))
    assert list(after.exchange_keys) == [1, 2]
    assert (after.identity, after.certificate) == (before.identity, before.certificate)
    assert list(read_secrets(folder.bank("ALFA")).exchange_keys) == [1]
    assert "BRVO has exchange key 2" in capsys.readouterr().out


def test_for_programs_the_answer_has_the_public_key(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert rekey(folder, "ALFA", "--json") == ExitCode.OK
    said = json.loads(capsys.readouterr().out)
    key = read_secrets(folder.bank("ALFA")).exchange_keys[2]
    assert said == {"ok": True, "bank": "ALFA", "version": 2, "public_key": key.public}


def test_no_private_key_is_said(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["ALFA"], ["ALFA", "--json"], ["ALFA", "--debug"]):
        assert rekey(folder, *words) == ExitCode.OK
    assert main(["config", "show", "--data", str(folder.root)]) == ExitCode.OK
    assert main(["ps", "--json", "--data", str(folder.root)]) == ExitCode.NOT_RUNNING
    told = "".join(capsys.readouterr())
    keys = list(folder.root.rglob("*.key"))
    assert len(keys) == 8
    assert not [key for key in keys if key.read_text(encoding="ascii").strip() in told]


def started(folder: Folder, announced: int, window_ms: int) -> None:
    """ALFA has announced so many keys, one after the other, and let each go a window later."""
    settings = {"data_dir": folder.bank("ALFA"), "federation_id": SPEC.federation_id, "host": "127.0.0.1"}
    bank = open_bank(BankSettings(bank_id="ALFA", synchronous="OFF", **settings))
    try:
        for _ in range(announced - len(read_secrets(folder.bank("ALFA")).exchange_keys)):
            new_exchange_version(folder.bank("ALFA"))
        own = read_secrets(folder.bank("ALFA"))
        for version in own.exchange_keys:
            known = {n: key for n, key in own.exchange_keys.items() if n <= version}
            bank.submit_and_wait(announce, Speaker(own.identity, str(own.certificate), known, 0, window_ms * 1000))
            bank.submit_and_wait(lambda books, *_: books.unit.change(MARKED, {}))
    finally:
        close_bank(bank)


def refused(folder: Folder, capsys: pytest.CaptureFixture[str]) -> str:
    before = key_files(folder)
    assert rekey(folder, "ALFA") == ExitCode.FAILED
    assert key_files(folder) == before
    return capsys.readouterr().err


def key_files(folder: Folder) -> list[str]:
    return sorted(file.name for file in (folder.bank("ALFA") / "secrets").iterdir())


def test_an_eighth_key_is_made_and_a_ninth_refused_until_one_has_expired(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bank that keeps a bounded number of another one's keys must never miss the one that is in use."""
    started(folder, announced=7, window_ms=3_600_000)
    assert rekey(folder, "ALFA") == ExitCode.OK
    words = refused(folder, capsys)
    assert "ALFA has 8 keys that other banks still believe" in words
    assert "until 20" in words, "it says when it can be done"
    started(folder, announced=8, window_ms=0)
    assert rekey(folder, "ALFA") == ExitCode.OK


def test_keys_that_a_bank_has_not_announced_yet_count_too(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(7):
        assert rekey(folder, "ALFA") == ExitCode.OK
    assert "bankfed start ALFA" in refused(folder, capsys)


def test_keys_that_have_expired_do_not_count(folder: Folder) -> None:
    started(folder, announced=12, window_ms=0)
    assert rekey(folder, "ALFA") == ExitCode.OK


def test_a_lost_keys_number_is_not_given_to_another(folder: Folder) -> None:
    started(folder, announced=3, window_ms=3_600_000)
    (folder.bank("ALFA") / "secrets" / "exchange-3.key").unlink()
    assert rekey(folder, "ALFA") == ExitCode.OK
    assert list(read_secrets(folder.bank("ALFA")).exchange_keys) == [1, 2, 4]


def test_books_that_cannot_be_read_are_said_in_words(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.database("ALFA").write_bytes(b"not a database, whatever is asked of it" * 40)
    assert "cannot be read" in refused(folder, capsys)


def test_an_unknown_bank_is_told_the_known_ones(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert rekey(folder, "ZULU") == ExitCode.USAGE
    assert "ALFA, BRVO" in capsys.readouterr().err


def test_where_no_federation_is_none_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rekey(Folder(tmp_path / "nowhere"), "ALFA") == ExitCode.NOT_RUNNING
    assert "there is no federation here" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


def test_a_bank_whose_keys_are_damaged_is_left_as_it_is(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    (folder.bank("ALFA") / "secrets" / "identity.key").write_text("half", encoding="ascii")
    assert rekey(folder, "ALFA") == ExitCode.FAILED
    assert "is damaged" in capsys.readouterr().err
    assert not (folder.bank("ALFA") / "secrets" / "exchange-2.key").exists()
