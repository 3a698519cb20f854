"""Ports: the block one has, the next free one, a refusal when strict; two federations never share a block."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from federation.failure import ExitCode, Failure
from federation.launcher import ports
from federation.launcher.ports import Block, block_at, claim, find_block, is_free, owner_of
from tests.support.kafka import free_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def base() -> int:
    """The start of a block nobody uses."""
    return free_ports(40)


def test_the_first_block_is_the_documented_one() -> None:
    block = block_at(8000, 3)
    assert (block.console, block.bank(0), block.bank(2), block.broker) == (8000, 8001, 8003, 18000)


def test_blocks_do_not_overlap_whatever_the_number_of_banks() -> None:
    for banks in (1, 20, 90, 150):
        block = block_at(8000, 2 * banks)  # in a lab each has a listener and a door
        assert max(block.needs(banks, broker=True, lab=True)) < max(block.next().base, block.next().broker)
        assert block.bank(banks - 1) < block.next().base
        assert block.listener(2 * banks - 1) < block.next().broker


def test_all_ports_lie_below_those_the_system_hands_out() -> None:
    for base in (1024, 8000, 22_000, 30_000, 32_000):
        block = block_at(base, 20)
        assert all(1024 <= port <= 32_767 for port in block.needs(20, broker=True, lab=True))


def test_a_port_somebody_listens_on_is_taken_and_its_owner_is_known(taken: int) -> None:
    assert not is_free(taken)
    assert f"(pid {os.getpid()})" in owner_of(taken)


def test_a_taken_port_moves_the_federation_to_the_next_free_block_and_says_why(base: int) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", base + 1))
        listener.listen()
        block, descriptor, said = find_block(Block(base), 3, broker=False, lab=False, strict=False)
        os.close(descriptor)
        assert block.base > base
        assert f"port {base + 1} is taken" in said
        assert f"(pid {os.getpid()})" in said
        with pytest.raises(Failure) as failed:
            find_block(Block(base), 3, broker=False, lab=False, strict=True)
        assert failed.value.code == ExitCode.PORT_TAKEN


def test_a_block_that_another_federation_claims_is_not_used(base: int) -> None:
    first = claim(Block(base))
    assert first is not None
    assert claim(Block(base)) is None
    block, descriptor, said = find_block(Block(base), 1, broker=False, lab=False, strict=False)
    assert block.base != base
    assert "another federation of yours" in said
    os.close(descriptor)
    os.close(first)
    again = claim(Block(base))
    assert again is not None
    os.close(again)


def test_roots_ports_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def bind(self, _address: object) -> None:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ports.socket, "socket", Refusing)
    with pytest.raises(Failure, match="not for users"):
        is_free(80)
