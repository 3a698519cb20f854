"""`bankfed rekey`: one version more, public half told, private half nowhere but in its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bank_node.identity import read_secrets
from federation.authority import Authority
from federation.cli import main
from federation.failure import ExitCode
from federation.folder import Folder
from federation.spec import BankSpec, BrokerSpec, FederationSpec

SPEC = FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001), BankSpec("BRVO", 8002)), BrokerSpec())


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
