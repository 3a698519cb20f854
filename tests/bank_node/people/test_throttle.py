"""Guessing gets slow, but never locks the owner out."""

from __future__ import annotations

from bank_node.people.throttle import ADDRESS_TRIES, ADDRESS_WINDOW_S, DELAY_S_MAX, FREE_TRIES, REMEMBERED_MAX, Throttle

SECOND = 1_000_000


def test_the_first_wrong_passwords_cost_nothing_and_the_next_ones_double() -> None:
    throttle, now_us, waits = Throttle(), 0, []
    for _ in range(FREE_TRIES + 4):
        now_us += throttle.wait_s("alice", "::1", now_us) * SECOND
        throttle.failed("alice", "::1", now_us)
        waits.append(throttle.wait_s("alice", "::1", now_us))
    assert waits == [0] * FREE_TRIES + [1, 2, 4, 8]


def test_the_delay_ends_and_then_the_owner_gets_in() -> None:
    throttle = Throttle()
    for _ in range(100):
        throttle.failed("alice", "10.0.0.66", 0)
    assert throttle.wait_s("alice", "10.0.0.7", 0) == DELAY_S_MAX
    assert throttle.wait_s("alice", "10.0.0.7", DELAY_S_MAX * SECOND) == 0
    throttle.succeeded("alice")
    assert throttle.wait_s("alice", "10.0.0.7", DELAY_S_MAX * SECOND) == 0


def test_a_part_of_a_second_is_a_whole_second_to_wait() -> None:
    throttle = Throttle()
    for _ in range(FREE_TRIES + 1):
        throttle.failed("alice", "::1", 0)
    assert throttle.wait_s("alice", "::1", SECOND - 1) == 1
    assert throttle.wait_s("alice", "::1", SECOND) == 0


def test_one_address_that_tries_many_names_waits_for_its_window_to_end() -> None:
    throttle = Throttle()
    for number in range(ADDRESS_TRIES):
        throttle.failed(f"name{number}", "10.0.0.66", 0)
    assert throttle.wait_s("alice", "10.0.0.66", 0) == ADDRESS_WINDOW_S
    assert throttle.wait_s("alice", "10.0.0.7", 0) == 0
    assert throttle.wait_s("alice", "10.0.0.66", ADDRESS_WINDOW_S * SECOND) == 0


def test_old_mistakes_are_forgotten() -> None:
    throttle = Throttle()
    for _ in range(FREE_TRIES):
        throttle.failed("alice", "::1", 0)
    throttle.failed("alice", "::1", 3_600 * SECOND)
    assert throttle.wait_s("alice", "::1", 3_600 * SECOND) == 0


def test_the_memory_of_names_is_bounded() -> None:
    throttle = Throttle()
    for number in range(REMEMBERED_MAX + 50):
        throttle.failed(f"name{number}", f"10.0.{number >> 8}.{number & 255}", 0)
    assert len(throttle._accounts) == len(throttle._addresses) == REMEMBERED_MAX
