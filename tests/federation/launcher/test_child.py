"""What a bank is started with: its own environment, and nothing of its starter's shell that it would mistake for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bank_node.settings import BankSettings
from federation.folder import Folder
from federation.launcher.child import Errand, errand_for
from federation.spec import BankSpec, BrokerSpec, FederationSpec

SPEC = FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001), BankSpec("BRVO", 8002)), BrokerSpec())
AUTHORITY = "ab" * 32


def an_errand(spec: FederationSpec = SPEC, command: tuple[str, ...] = (), **inherited: str) -> Errand:
    folder = Folder(Path("/tmp/with space"))
    return errand_for(spec.banks[0], spec, folder, "127.0.0.1:18000", AUTHORITY, inherited, command)


def test_every_name_the_launcher_sets_is_a_setting_of_a_bank() -> None:
    assert {name.lower() for name in an_errand().env} <= set(BankSettings.model_fields)


def test_a_database_or_host_of_the_shell_is_not_the_banks() -> None:
    env = an_errand(DATABASE_URL="postgresql://mine", HOST="my-laptop", LOG_LEVEL="debug", PATH="/bin").env
    assert "DATABASE_URL" not in env
    assert env["HOST"] == "127.0.0.1"
    assert (env["LOG_LEVEL"], env["PATH"]) == ("debug", "/bin")


def test_the_authority_is_the_federations_and_not_the_shells() -> None:
    assert an_errand(AUTHORITY_PUBLIC_KEY="cd" * 32).env["AUTHORITY_PUBLIC_KEY"] == AUTHORITY


def test_failpoints_reach_a_bank_only_in_a_lab() -> None:
    assert "BANK_FAILPOINTS" not in an_errand(BANK_FAILPOINTS="after_commit=crash").env
    lab = an_errand(replace(SPEC, lab=True), BANK_FAILPOINTS="after_commit=crash").env
    assert (lab["BANK_LAB"], lab["BANK_FAILPOINTS"]) == ("1", "after_commit=crash")


def test_a_tellers_world_has_a_limit_above_which_four_eyes_are_asked_for_and_a_lab_has_none() -> None:
    assert an_errand().env["APPROVAL_LIMIT_MINOR"] == "1000000"
    assert an_errand(replace(SPEC, lab=True)).env["APPROVAL_LIMIT_MINOR"] == "0"
    assert an_errand(APPROVAL_LIMIT_MINOR="5").env["APPROVAL_LIMIT_MINOR"] == "5"


def test_a_tellers_world_keeps_an_archive_and_a_lab_has_none() -> None:
    assert an_errand().env["ARCHIVE_AFTER_MONTHS"] == "12"
    assert an_errand(replace(SPEC, lab=True)).env["ARCHIVE_AFTER_MONTHS"] == "0"
    assert an_errand(ARCHIVE_AFTER_MONTHS="3").env["ARCHIVE_AFTER_MONTHS"] == "3"


def test_a_foreign_command_is_told_the_port_and_the_folder() -> None:
    errand = an_errand(command=("node", "bank.js", "--port={port}", "{data_dir}", "{bank_id}"))
    assert errand.command == ("node", "bank.js", "--port=8001", "/tmp/with space/banks/ALFA", "ALFA")
    assert Errand.from_json(errand.as_json()) == errand


def test_an_errand_does_not_show_the_environment_when_printed() -> None:
    assert "secret" not in repr(an_errand(KAFKA_SECURITY="secret"))
