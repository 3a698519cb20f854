"""A bank's keys as files: made once, kept from others, never made anew over what was there."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bank_node.identity import (
    IdentityProblem,
    Secrets,
    certificate_file,
    ensure_identity,
    new_exchange_version,
    read_secrets,
    write_certificate,
)
from bank_node.transfers.keys import certificate, new_identity


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "die Bank α"


def key_files(data: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="ascii") for path in sorted((data / "secrets").iterdir())}


def test_the_first_start_makes_an_identity_and_one_exchange_key(data: Path) -> None:
    first = read_secrets(data)
    assert sorted(key_files(data)) == ["exchange-1.key", "identity.key"]
    assert list(first.exchange_keys) == [1]
    assert first.certificate is None


def test_the_next_start_reads_the_same_keys(data: Path) -> None:
    first = read_secrets(data)
    assert read_secrets(data) == first
    assert ensure_identity(data) == first.identity


def test_two_banks_have_nothing_in_common(data: Path, tmp_path: Path) -> None:
    one, other = read_secrets(data), read_secrets(tmp_path / "other")
    assert one.identity.public != other.identity.public
    assert one.exchange_keys[1].public != other.exchange_keys[1].public


def test_the_files_are_for_their_owner_only(data: Path) -> None:
    old = os.umask(0)
    try:
        read_secrets(data)
        new_exchange_version(data)
        write_certificate(data, "ab" * 64)
    finally:
        os.umask(old)
    assert stat.S_IMODE((data / "secrets").stat().st_mode) == 0o700
    files = [*(data / "secrets").iterdir(), certificate_file(data)]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_folder_that_was_there_before_is_closed_to_others(data: Path) -> None:
    (data / "secrets").mkdir(parents=True, mode=0o755)
    (data / "secrets" / "jwt").write_bytes(b"another room's")
    read_secrets(data)
    assert stat.S_IMODE((data / "secrets").stat().st_mode) == 0o700
    assert (data / "secrets" / "jwt").read_bytes() == b"another room's"


def test_a_key_change_adds_a_version_and_leaves_the_others(data: Path) -> None:
    before = read_secrets(data)
    assert [new_exchange_version(data), new_exchange_version(data)] == [2, 3]
    after = read_secrets(data)
    assert list(after.exchange_keys) == [1, 2, 3]
    assert after.exchange_keys[1] == before.exchange_keys[1]
    assert after.identity == before.identity
    assert len({key.public for key in after.exchange_keys.values()}) == 3


def test_the_versions_are_in_the_order_of_numbers(data: Path) -> None:
    while new_exchange_version(data) < 11:
        pass
    assert list(read_secrets(data).exchange_keys) == list(range(1, 12))


def test_many_first_starts_at_once_agree_on_the_keys(data: Path) -> None:
    with ThreadPoolExecutor(8) as starters:
        found = list(starters.map(lambda _: read_secrets(data), range(32)))
    assert all(one == found[0] for one in found)
    assert sorted(key_files(data)) == ["exchange-1.key", "identity.key"]


def test_many_key_changes_at_once_each_add_one(data: Path) -> None:
    read_secrets(data)
    with ThreadPoolExecutor(8) as changers:
        versions = list(changers.map(lambda _: new_exchange_version(data), range(16)))
    assert sorted(versions) == list(range(2, 18))
    assert len({key.public for key in read_secrets(data).exchange_keys.values()}) == 17


def test_the_certificate_is_read_and_a_newer_one_replaces_it(data: Path) -> None:
    authority, identity = new_identity(), ensure_identity(data)
    for federation in ("first", "second"):
        paper = certificate(authority.private, federation, "ALFA", identity.public)
        write_certificate(data, paper)
        assert read_secrets(data).certificate == paper
    assert sorted(path.name for path in data.iterdir()) == ["certificate", "secrets"]


def test_a_first_start_that_was_cut_off_is_completed(data: Path) -> None:
    read_secrets(data)
    (data / "secrets" / "identity.key").unlink()
    kept = key_files(data)["exchange-1.key"]
    read_secrets(data)
    assert key_files(data)["exchange-1.key"] == kept


@pytest.mark.parametrize("name", ["identity.key", "exchange-1.key"])
@pytest.mark.parametrize("damage", ["", "\n", "zz", "ab" * 31, "ab" * 33, "AB" * 32, "ü"], ids=repr)
def test_a_damaged_key_is_refused_in_words_and_left_as_it_is(data: Path, name: str, damage: str) -> None:
    read_secrets(data)
    (data / "secrets" / name).write_text(damage, encoding="utf-8")
    with pytest.raises(IdentityProblem, match=rf"{name} is damaged. Put it back from a backup") as refused:
        read_secrets(data)
    assert refused.value.__cause__ is None
    assert (data / "secrets" / name).read_text(encoding="utf-8") == damage


def certified_before(data: Path) -> None:
    write_certificate(data, "ab" * 64)


def changed_before(data: Path) -> None:
    new_exchange_version(data)


@pytest.mark.parametrize("history", [certified_before, changed_before])
def test_an_identity_that_others_know_is_not_made_anew(data: Path, history: object) -> None:
    read_secrets(data)
    history(data)  # type: ignore[operator]
    (data / "secrets" / "identity.key").unlink()
    with pytest.raises(IdentityProblem, match=r"identity.key is gone. Put it back from a backup"):
        read_secrets(data)
    assert not (data / "secrets" / "identity.key").exists()


def test_exchange_keys_that_are_gone_are_not_made_anew(data: Path) -> None:
    read_secrets(data)
    (data / "secrets" / "exchange-1.key").unlink()
    for wanted in (read_secrets, new_exchange_version):
        with pytest.raises(IdentityProblem, match=r"exchange-1.key is gone"):
            wanted(data)


@pytest.mark.parametrize("damage", ["", "ab", "zz" * 64, "ü"], ids=repr)
def test_a_damaged_certificate_is_refused_in_words(data: Path, damage: str) -> None:
    read_secrets(data)
    certificate_file(data).write_text(damage, encoding="utf-8")
    with pytest.raises(IdentityProblem, match=r"is damaged. Delete it: bankfed up writes it again"):
        read_secrets(data)


def test_a_place_where_nothing_can_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IdentityProblem, match="cannot be made: Not a directory"):
        read_secrets(tmp_path / "file")


def test_a_disk_that_is_full_leaves_nothing_behind(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(IdentityProblem, match=r"exchange-1.key cannot be written: No space left on device"):
        read_secrets(data)
    assert key_files(data) == {}


def test_files_that_are_no_keys_are_passed_over(data: Path) -> None:
    read_secrets(data)
    for name in ("exchange-0.key", "exchange-01.key", "exchange-2.key.old", ".exchange-2.key.abcd", "exchange-x.key"):
        (data / "secrets" / name).write_text("not a key", encoding="utf-8")
    assert list(read_secrets(data).exchange_keys) == [1]


def test_private_keys_are_not_shown(data: Path) -> None:
    shown: Secrets = read_secrets(data)
    for secret in key_files(data).values():
        assert secret.strip() not in f"{shown} {shown!r}"
