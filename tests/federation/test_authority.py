"""The authority: one per federation, kept; whom it certifies, everybody who knows its public key can see."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bank_node.identity import ensure_identity, new_exchange_version, read_secrets
from bank_node.transfers.keys import certified
from federation.authority import KEY_FILE, Authority
from federation.failure import Failure


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority", "f1")


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    return tmp_path / "banks" / "ALFA"


def vouches(authority: Authority, bank: Path, bank_id: str = "ALFA", federation_id: str = "f1") -> bool:
    secrets = read_secrets(bank)
    assert secrets.certificate is not None
    return certified(authority.public_key, federation_id, bank_id, secrets.identity.public, secrets.certificate)


def test_it_is_made_once_for_its_owner_only(authority: Authority, tmp_path: Path) -> None:
    assert Authority(tmp_path / "authority", "f1").public_key == authority.public_key
    assert Authority(tmp_path / "another", "f1").public_key != authority.public_key
    assert stat.S_IMODE((tmp_path / "authority").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "authority" / KEY_FILE).stat().st_mode) == 0o600


def test_a_bank_gets_its_keys_and_a_certificate_for_this_name_in_this_federation(
    authority: Authority, bank: Path
) -> None:
    authority.certify("ALFA", bank)
    assert vouches(authority, bank)
    assert not vouches(authority, bank, "BRVO")
    assert not vouches(authority, bank, federation_id="f2")


def test_a_bank_of_an_older_life_keeps_its_keys(authority: Authority, bank: Path) -> None:
    identity, version = ensure_identity(bank), new_exchange_version(bank)
    authority.certify("ALFA", bank)
    assert read_secrets(bank).identity == identity
    assert version in read_secrets(bank).exchange_keys
    assert vouches(authority, bank)


def test_certified_twice_is_certified_once(authority: Authority, bank: Path) -> None:
    authority.certify("ALFA", bank)
    before = (bank / "certificate").stat()
    authority.certify("ALFA", bank)
    after = (bank / "certificate").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("paper", ["", "nonsense", "ü", "ab" * 64], ids=repr)
def test_a_certificate_that_says_nothing_is_replaced(authority: Authority, bank: Path, paper: str) -> None:
    ensure_identity(bank)
    (bank / "certificate").write_text(paper, encoding="utf-8")
    authority.certify("ALFA", bank)
    assert vouches(authority, bank)


def test_another_authority_certifies_anew(authority: Authority, bank: Path, tmp_path: Path) -> None:
    authority.certify("ALFA", bank)
    new = Authority(tmp_path / "another", "f1")
    new.certify("ALFA", bank)
    assert vouches(new, bank)
    assert not vouches(authority, bank)


def test_a_damaged_authority_is_refused_in_words(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "authority" / KEY_FILE).write_text("half", encoding="ascii")
    with pytest.raises(Failure, match="authority cannot certify banks") as failed:
        Authority(tmp_path / "authority", "f1")
    assert "is damaged. Put it back from a backup" in failed.value.why
    assert (tmp_path / "authority" / KEY_FILE).read_text(encoding="ascii") == "half"


def test_a_bank_that_has_lost_its_identity_is_not_given_another(authority: Authority, bank: Path) -> None:
    authority.certify("ALFA", bank)
    (bank / "secrets" / "identity.key").unlink()
    with pytest.raises(Failure, match="ALFA cannot be certified") as failed:
        authority.certify("ALFA", bank)
    assert "is gone" in failed.value.why


def test_its_private_key_is_not_shown(authority: Authority, tmp_path: Path) -> None:
    secret = (tmp_path / "authority" / KEY_FILE).read_text(encoding="ascii").strip()
    assert secret not in f"{authority!r} {vars(authority)}"
