"""The servers that benches measure do what they are measured at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from federation.bench import BENCHES
from federation.bench.counter import measured, open_counter
from federation.bench.load import drive, request
from federation.bench.served import free_port, serve
from federation.cli import bench as verb
from federation.failure import Failure

ORDER = {"from_account": "A1", "to_bank": "BRVO", "to_account": "B1", "amount_minor": 1, "currency": "EUR"}


def test_the_verb_knows_every_bench() -> None:
    assert set(verb.NAMES) == set(BENCHES)


def test_the_naive_endpoint_accepts_and_repeats_the_answer_of_a_key(tmp_path: Path) -> None:
    port, heard = free_port(), []
    body = json.dumps(ORDER).encode()
    with serve(["federation.bench.naive", str(port), str(tmp_path / "naive.db")], port, tmp_path):
        same = request("/transfers", body, [("Idempotency-Key", "one")])
        load = drive(port, [same, same], 1, heard.append)
    assert load.statuses == {202: 2}
    assert heard[0] == heard[1]
    assert json.loads(heard[0])["status"] == "pending"


def test_the_echo_gives_back_what_it_was_sent(tmp_path: Path) -> None:
    port, heard = free_port(), []
    with serve(["federation.bench.echo", str(port)], port, tmp_path):
        drive(port, [request("/echo", b'{"a":1}')], 1, heard.append)
    assert json.loads(heard[0]) == {"a": 1}


def test_a_counter_takes_single_orders_and_batches(tmp_path: Path) -> None:
    away = {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}", "PEERS": "BRVO=http://127.0.0.1:9"}
    with open_counter("ALFA", tmp_path, away) as bank:
        bank.sign_in()
        singles = measured(bank.served, [bank.single("BRVO", ["XF12BRVO0000002001"]) for _ in range(3)], 2)
        heard: list[bytes] = []
        drive(bank.served.port, [bank.batch("BRVO", ["XF12BRVO0000002001"], 4)], 1, heard.append)
    assert sum(singles.load.statuses.values()) == 3
    assert singles.load.errors == 0
    assert len(json.loads(heard[0])["items"]) == 4


def test_a_server_that_cannot_start_is_said_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure, serve(["federation.bench.nowhere"], free_port(), tmp_path):
        pass
    assert "did not come up" in failure.value.what
    assert "nowhere" in failure.value.detail
