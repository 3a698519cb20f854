from __future__ import annotations

from bank_node.operations.redrive import is_time, redrive_due
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.due_queries import due_moments
from tests.support.cast import Town, an_order

HOUR_MS = 3_600_000


def test_nothing_waits_in_a_bank_that_has_sent_nothing(town: Town) -> None:
    assert town.alfa.read(due_moments) is None
    assert not is_time(None, town.clock.now_us(), HOUR_MS)


def test_the_first_and_the_last_that_are_due_are_known_without_a_unit_of_work(town: Town) -> None:
    for _ in range(2):
        town.alfa.do(send_transfer, an_order())
        town.clock.pass_ms(1_000)
    now_us = town.clock.now_us()
    first, last = town.alfa.read(due_moments)
    assert now_us < first == last - 1_000_000
    assert not is_time((first, last), now_us, HOUR_MS)
    assert not is_time((first, last), first - 1, HOUR_MS)
    assert is_time((first, last), first, HOUR_MS)


def test_what_is_final_waits_for_nothing(town: Town) -> None:
    town.alfa.do(send_transfer, an_order())
    town.deliver()
    assert town.alfa.read(due_moments) is None


def test_after_a_clock_that_jumped_back_it_is_time(town: Town) -> None:
    """What is due in a distant future was due soon before the jump: the sweeper moves it to now."""
    town.alfa.do(send_transfer, an_order())
    town.clock.pass_ms(-100 * HOUR_MS)
    charter, now_us = town.alfa.charter, town.clock.now_us()
    assert is_time(town.alfa.read(due_moments), now_us, charter.redrive_after_ms_max)
    town.alfa.do(redrive_due, 100)
    assert not is_time(town.alfa.read(due_moments), now_us, charter.redrive_after_ms_max)
