"""One bank in custody as faults see it: what is not its fault is not told of it."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest

from federation.failure import Failure
from federation.grading.ground import bank
from federation.grading.ground.bank import BankInCustody


def test_a_port_that_somebody_else_took_while_it_was_down_is_no_fault_of_the_node() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        place = SimpleNamespace(port=other.getsockname()[1])
        ward: Any = SimpleNamespace(bank="ALFA", is_running=False, place=place)
        with pytest.raises(Failure, match="was taken by another program"):
            BankInCustody(ward).start()


def test_on_a_machine_that_works_for_others_too_it_has_longer_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "slack", lambda: 3.0)
    given: list[float] = []
    ward: Any = SimpleNamespace(stop=given.append)
    BankInCustody(ward).stop()
    assert given == [30.0]
