"""`bankfed up` as a person calls it: real banks, a real Kafka, a path with spaces and umlauts."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.folder import Folder
from federation.launcher.processes import Process
from federation.launcher.status import look
from tests.support.real_federation import RealFederation, a_real_federation

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealFederation]:
    with a_real_federation(tmp_path_factory.mktemp("launcher") / "Zürich und Köln", banks=3) as running:
        yield running


def test_three_banks_are_ready_and_say_so(federation: RealFederation) -> None:
    found = federation.run("ps")
    assert found["ok"] is True
    assert [(bank["id"], bank["state"]) for bank in found["banks"]] == [(n, "ready") for n in ("ALFA", "BRVO", "CHRL")]
    assert found["broker"]["state"] == "up"
    assert all(bank["rss_mib"] and Path(bank["database"]).exists() for bank in found["banks"])


def test_a_second_up_answers_the_same(federation: RealFederation) -> None:
    first, second = federation.run("ps"), federation.run("up")
    assert second["already_running"] is True
    assert [bank["pid"] for bank in second["banks"]] == [bank["pid"] for bank in first["banks"]]


def test_a_dead_broker_stays_dead_and_the_banks_stay_up_until_somebody_starts_it(federation: RealFederation) -> None:
    os.kill(federation.broker_pid(), signal.SIGKILL)
    found = federation.run("ps", ok=(1,))
    assert found["broker"]["state"] == "died"
    assert all(bank["pid"] for bank in found["banks"])
    assert federation.run("start", "broker")["state"] == "up"
    federation.run("up")
    assert federation.run("ps")["ok"] is True


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only an orderly zygote ends its banks")
def test_a_supervisor_that_was_killed_leaves_a_broker_which_the_next_up_puts_in_order(
    federation: RealFederation,
) -> None:
    folder = Folder(federation.data)
    broker = Process.of(federation.broker_pid())
    supervisor = Process.from_json(folder.state()["supervisor"])
    banks = [Process.of(bank.pid) for bank in look(folder).banks if bank.pid]
    assert broker is not None
    assert supervisor is not None
    os.kill(supervisor.pid, signal.SIGKILL)
    assert all(bank is None or bank.gone_within(60) for bank in banks)
    assert broker.alive
    again = federation.run("up")
    assert again["already_running"] is False
    assert not broker.alive
    assert federation.run("ps")["ok"] is True
