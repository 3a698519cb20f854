"""The data folder: private, one starter at a time, deleted only as far as it is ours."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from federation.failure import Failure
from federation.folder import Folder, last_lines
from federation.spec import BankSpec, BrokerSpec, FederationSpec

SPEC = FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001), BankSpec("BRVO", 8002)), BrokerSpec())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "die Bänke α")
    made.make()
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_and_the_secrets_in_it_are_for_their_owner_only(folder: Folder) -> None:
    folder.write_spec(SPEC)
    assert mode(folder.root) == 0o700
    assert mode(folder.world_json) == mode(folder.seed_file("ALFA")) == 0o600


def test_each_bank_gets_its_own_entry_of_the_world_as_its_seed(folder: Folder) -> None:
    folder.write_spec(SPEC)
    world = json.loads(folder.world_json.read_text(encoding="utf-8"))
    assert world["federation_id"] == SPEC.federation_id
    assert [json.loads(folder.seed_file(b["id"]).read_text(encoding="utf-8")) for b in world["banks"]] == world["banks"]


def test_what_was_written_is_read_again(folder: Folder) -> None:
    assert not folder.exists()
    folder.write_spec(SPEC)
    assert folder.exists()
    assert folder.read_spec() == SPEC


def test_no_federation_and_one_of_another_version_are_said_in_words(folder: Folder) -> None:
    with pytest.raises(Failure, match="no federation here"):
        folder.read_spec()
    folder.federation_json.write_text(json.dumps(SPEC.as_json() | {"version": 99}))
    with pytest.raises(Failure, match="cannot be understood") as failed:
        folder.read_spec()
    assert "99" in failed.value.why


def test_a_folder_with_other_files_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()
    with pytest.raises(Failure, match="other files"):
        Folder(tmp_path).make()


def test_a_folder_that_cannot_be_written_is_said_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="cannot be written") as failed:
        Folder(tmp_path / "file" / "data").make()
    assert "--data" in failed.value.do


def test_a_second_starter_waits_for_the_first_and_says_for_whom(folder: Folder) -> None:
    with folder.locked(), pytest.raises(Failure, match="another bankfed"), folder.locked(wait_s=0):
        pass
    with folder.locked(wait_s=0):
        pass


def test_wiping_takes_what_is_ours_and_leaves_the_rest(folder: Folder) -> None:
    folder.write_spec(replace(SPEC, seed=7))
    folder.authority.mkdir()
    (folder.root / "notes.txt").touch()
    folder.remove()
    assert [path.name for path in folder.root.iterdir()] == ["notes.txt"]


def test_an_empty_folder_goes_with_its_federation(folder: Folder) -> None:
    folder.write_spec(SPEC)
    with folder.locked():
        folder.remove()
    assert not folder.root.exists()


def test_the_end_of_a_log_is_a_few_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_lines(log) == ""
    log.write_text("\n".join(f"line {i}" for i in range(100)))
    assert last_lines(log, 2) == "line 98\nline 99"
