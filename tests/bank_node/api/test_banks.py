"""Who the banks are, as this one knows them; and of which of them no key is on file."""

from __future__ import annotations

from pathlib import Path

from bank_node.operations.registry import hear_banks
from bank_node.transfers.registry import PeerKey, PeerRecord
from tests.support.cast import NOON_US
from tests.support.counter import BOB, Caller, a_caller

BRVO = PeerRecord(
    bank_id="BRVO",
    name="Bravo Cooperative",
    url="http://127.0.0.1:8002",
    identity="ab" * 32,
    certificate="ab" * 64,
    keys=(PeerKey(1, "cd" * 32),),
    state="open",
    heartbeat_us=NOON_US,
    sequence=1,
)


def test_banks_of_the_settings_and_of_the_registry_are_listed(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        before = {bank["id"]: bank for bank in caller.get("/api/v1/banks").json()["items"]}
        assert list(before) == ["ALFA", "BRVO"]
        assert before["ALFA"]["own"]
        assert (before["BRVO"]["name"], before["BRVO"]["verified"], before["BRVO"]["heard_at"]) == ("BRVO", False, None)
        caller.bank.submit_and_wait(hear_banks, [BRVO])
        after = {bank["id"]: bank for bank in caller.get("/api/v1/banks", "admin").json()["items"]}
        assert (after["BRVO"]["name"], after["BRVO"]["verified"]) == ("Bravo Cooperative", True)
        assert after["BRVO"]["heartbeat_at"] == "2026-11-21T10:00:00.000Z"
        assert after["BRVO"]["versions"] == ["bankfed/1.0"]


def test_a_bank_another_process_has_heard_of_can_be_sent_money(tmp_path: Path) -> None:
    with a_caller(tmp_path, peers={}) as caller:
        assert caller.send(to=BOB).json()["code"] == "unknown_bank"
        caller.bank.submit_and_wait(hear_banks, [BRVO])
        assert caller.send(to=BOB).status_code == 202


def test_readyz_names_those_of_whom_no_key_is_on_file(caller: Caller) -> None:
    facts = caller.http.get("/readyz").json()
    assert (facts["peer_auth"], facts["unverified"]) == ("required", ["BRVO"])
