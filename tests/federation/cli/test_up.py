"""What `up`, `stop` and `reset` say: the ready table, addresses to advertise, and questions before deleting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from federation.cli import main
from federation.cli.ready_table import ready_table
from federation.cli.show import Paint
from federation.cli.up import addresses
from federation.failure import ExitCode, Failure
from federation.folder import Folder
from federation.roster import read_roster
from federation.spec import BankSpec, BrokerSpec, FederationSpec
from tests.federation.cli.test_ps import UP

SPEC = FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001), BankSpec("BRVO", 8002)), BrokerSpec())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "here and there")
    made.make()
    made.write_spec(SPEC)
    return made


def test_the_ready_table_says_where_and_how_to_sign_in(folder: Folder) -> None:
    text = ready_table(replace(UP, data=folder.root), read_roster(folder.root), Paint(False), on_terminal=False)
    row = next(line for line in text.splitlines() if line.startswith("ALFA"))
    for part in ("http://127.0.0.1:8001", "teller1 / ", "supervisor / ", "11", "bank.db", "http://127.0.0.1:8001/docs"):
        assert part in row
    assert text.startswith("running: 2 of 2 banks ready; broker kafka at 127.0.0.1:18000, pid 9 [up]")


def test_three_things_to_try_next_can_be_pasted(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANKFED_COMMAND", "scripts/bankfed")
    text = ready_table(replace(UP, data=folder.root), read_roster(folder.root), Paint(False), on_terminal=False)
    tries = text.partition("Try next\n")[2].splitlines()
    assert len(tries) == 3
    assert all(line.startswith("  scripts/bankfed ") and f"--data '{folder.root}'" in line for line in tries)
    assert "12.50" in tries[1]


def test_a_second_up_says_already_running_with_the_same_table(folder: Folder) -> None:
    roster = read_roster(folder.root)
    first = ready_table(UP, roster, Paint(False), on_terminal=False)
    second = ready_table(UP.found_running(), roster, Paint(False), on_terminal=False)
    assert second.startswith("already running: ")
    assert first.splitlines()[1:] == second.splitlines()[1:]


def test_a_narrow_terminal_gets_cards_instead_of_a_wide_table(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = ready_table(UP, read_roster(folder.root), Paint(False), on_terminal=True)
    assert "ALFA  http://127.0.0.1:8001  API docs http://127.0.0.1:8001/docs" in text


def test_a_broker_that_is_away_is_said_above_the_table(folder: Folder) -> None:
    status = replace(UP, broker=replace(UP.broker, state="died", note="it died; bankfed start broker"))
    text = ready_table(status, read_roster(folder.root), Paint(False), on_terminal=False)
    assert text.splitlines()[1] == "it died; bankfed start broker"


def test_addresses_to_advertise_are_pairs() -> None:
    assert addresses(["alfa=127.0.0.1:19201"]) == {"ALFA": "127.0.0.1:19201"}
    for wrong in ("ALFA", "ALFA=", "ALFA=host", "=host:1", "ALFA=host:port"):
        with pytest.raises(Failure, match="BANK=HOST:PORT"):
            addresses([wrong])


def test_reset_deletes_nothing_without_a_yes(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reset", "--json", "--data", str(folder.root)]) == ExitCode.USAGE
    assert folder.exists()
    assert main(["reset", "--yes", "--data", str(folder.root)]) == ExitCode.OK
    assert not folder.root.exists()
    assert "deleted" in capsys.readouterr().out


def test_down_of_what_does_not_run_says_so(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down", "--data", str(folder.root)]) == ExitCode.OK
    assert "nothing was running; left running: nothing" in capsys.readouterr().out


def test_orders_to_a_federation_that_does_not_run_say_so(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("stop", "start", "restart"):
        assert main([verb, "ALFA", "--data", str(folder.root)]) == ExitCode.NOT_RUNNING
    assert capsys.readouterr().err.count("the federation does not run") == 3
