from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.bank import Bank
from bank_node.ledger.errors import Refusal
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.commit import StoreUnavailable
from tests.support.cast import an_order
from tests.support.running import open_books


@pytest.fixture
def alfa(tmp_path: Path) -> Iterator[Bank]:
    with open_books(tmp_path) as bank:
        yield bank


def test_what_is_ordered_together_is_one_unit_of_work_and_each_refuses_alone(alfa: Bank) -> None:
    before = alfa.writer.batches
    results = asyncio.run(alfa.submit_all(send_transfer, [an_order(1), an_order(0), an_order(2)]))
    assert alfa.writer.batches == before + 1
    assert [type(result).__name__ for result in results] == ["Receipt", "Refusal", "Receipt"]


def test_many_threads_share_units_of_work_and_each_gets_its_own_answer(alfa: Bank) -> None:
    futures = [alfa.writer.submit(send_transfer, an_order(1)) for _ in range(500)]
    assert len({future.result().id for future in futures}) == 500
    assert alfa.writer.batches < alfa.writer.operations


def test_a_refusal_reaches_who_asked(alfa: Bank) -> None:
    with pytest.raises(Refusal):
        alfa.submit_and_wait(send_transfer, an_order(0))


def test_a_bank_that_closes_commits_what_is_queued_and_takes_no_more(alfa: Bank) -> None:
    futures = [alfa.writer.submit(send_transfer, an_order(1)) for _ in range(50)]
    alfa.writer.stop()
    assert all(future.result().id for future in futures)
    with pytest.raises(StoreUnavailable, match="closing"):
        alfa.writer.submit(send_transfer, an_order(1))
