"""How everything is: the supervisor's word, the bank's own word, and what the system says of the process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from federation.folder import Folder, write_json
from federation.launcher import readiness
from federation.launcher.processes import Process, birth_of, usage_of
from federation.launcher.status import FederationStatus, look
from federation.spec import BankSpec, BrokerSpec, FederationSpec

ME = Process.of(os.getpid())
NOBODY = {"pid": os.getpid(), "birth": 1.0}  # my number, somebody else's birth


class Desk:
    """Writes what a supervisor would write, and answers what a bank would answer."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.said: dict[str, Any] | None = {
            "ok": True,
            "status": "ready",
            "bank": "ALFA",
            "outbox_pending": 4,
            "lag": 1,
        }
        folder.make()
        folder.write_spec(FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001),), BrokerSpec()))

    def look(
        self, bank: str = "up", broker: str = "up", process: Any = None, supervisor: Any = None
    ) -> FederationStatus:
        assert ME is not None
        me = ME.as_json()
        state = {
            "supervisor": supervisor or me,
            "broker": {
                "state": broker,
                "kind": "kafka",
                "bootstrap": "b:1",
                "processes": [process or me],
                "note": "hm",
            },
            "banks": {"ALFA": {"state": bank, "process": process or me, "process_since_us": 1, "restarts": 1}},
        }
        write_json(self.folder.state_json, state)
        return look(self.folder)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(Folder(tmp_path))
    monkeypatch.setattr(readiness, "ask_all", lambda banks, _timeout_s: {bank.id: made.said for bank in banks})
    return made


def state_of(status: FederationStatus) -> str:
    return status.banks[0].state


def test_a_bank_that_says_ready_is_ready_with_its_own_figures(desk: Desk) -> None:
    status = desk.look()
    bank = status.banks[0]
    assert status.all_ready
    assert (bank.state, bank.pid, bank.outbox_pending, bank.lag) == ("ready", os.getpid(), 4, 1)
    assert bank.rss_mib is not None


def test_a_bank_without_the_broker_is_degraded_and_says_why(desk: Desk) -> None:
    desk.said = {"ok": True, "status": "degraded", "broker": {"state": "down", "note": "no answer"}}
    status = desk.look(broker="died")
    assert (state_of(status), status.banks[0].note, status.broker.note) == ("degraded", "no answer", "hm")
    assert not status.all_ready


def test_a_suspect_bank_serves_and_says_why_it_is_suspect(desk: Desk) -> None:
    reason = {"since": "2026-11-21T10:00:00.000Z", "reason": "BRVO knows row 7"}
    desk.said = {"ok": True, "status": "suspect", "suspect": reason, "broker": {"state": "down", "note": "no answer"}}
    status = desk.look()
    assert (state_of(status), status.banks[0].note) == ("suspect", "BRVO knows row 7")
    assert status.banks[0].serves
    assert not status.all_ready


def test_a_bank_that_does_not_answer_is_silent_or_still_starting(desk: Desk) -> None:
    desk.said = None
    assert state_of(desk.look("up")) == "silent"
    assert state_of(desk.look("starting")) == "starting"


def test_a_bank_that_says_it_is_not_ready_is_not(desk: Desk) -> None:
    desk.said = {"ok": False, "detail": "the database is locked"}
    assert state_of(desk.look()) == "not ready"


def test_another_bank_at_the_same_port_is_seen_through(desk: Desk) -> None:
    for other in ({"bank": "ZULU"}, {"bank": "ALFA", "federation_id": "another"}):
        desk.said = {"ok": True, "status": "ready", **other}
        status = desk.look()
        assert status.banks[0].foreign
        assert state_of(status) == "silent"


def test_a_pid_used_again_by_another_process_is_not_the_bank(desk: Desk) -> None:
    status = desk.look(process=NOBODY)
    assert (state_of(status), status.banks[0].pid) == ("crashed", None)
    assert status.broker.state == "died"


def test_without_a_supervisor_what_still_runs_is_left_behind(desk: Desk) -> None:
    left = desk.look(supervisor=NOBODY)
    assert (left.running, left.broker.state, state_of(left)) == (False, "left", "ready")
    gone = desk.look(supervisor=NOBODY, process=NOBODY)
    assert (gone.broker.state, state_of(gone), gone.none_running) == ("down", "down", True)


def test_what_the_supervisor_did_on_purpose_is_said_as_it_is(desk: Desk) -> None:
    for state in ("stopped", "failed", "crashed", "stopping"):
        assert state_of(desk.look(state)) == state


def test_a_torn_state_file_is_no_state(desk: Desk) -> None:
    desk.folder.state_json.write_text("{torn")
    assert look(desk.folder).none_running


def test_a_port_where_nobody_answers_is_no_bank() -> None:
    assert readiness.ask(1, timeout_s=0.2) is None


def test_a_process_is_known_by_its_birth() -> None:
    assert ME is not None
    assert ME.alive
    assert not Process(ME.pid, ME.birth + 1).alive
    assert Process.from_json(ME.as_json()) == ME
    assert Process.from_json({"pid": "x"}) is None
    assert birth_of(2**22 + 1) is None
    rss_mib, cpu_s = usage_of(ME.pid) or (0.0, 0.0)
    assert rss_mib > 5
    assert cpu_s > 0
