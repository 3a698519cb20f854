"""The lease in the books: taken as it was seen or not at all, renewed by its holder alone, asked for in each write."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank_node.operations.lease import LeaseLost, release_lease, renew_lease, take_lease, under_lease
from bank_node.store.leases import Held, held
from tests.support.cast import Town, open_town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> object:
    town = open_town(tmp_path, database_url)
    yield town
    town.close()


def lease(town: Town) -> Held | None:
    found: Held | None = town.alfa.read(held, "post_room")
    return found


def take(town: Town, holder: str) -> int | None:
    fence: int | None = town.alfa.do(take_lease, "post_room", holder, 1_000, lease(town))
    return fence


def test_each_tenure_has_a_higher_fence(town: Town) -> None:
    assert [take(town, name) for name in ("one", "two", "one")] == [1, 2, 3]
    found = lease(town)
    assert found == Held("one", 3, town.clock.now_us() + 1_000_000)


def test_two_that_saw_the_same_lease_do_not_both_get_it(town: Town) -> None:
    assert town.alfa.do(take_lease, "post_room", "one", 1_000, None) == 1
    assert town.alfa.do(take_lease, "post_room", "two", 1_000, None) is None
    seen = lease(town)
    assert town.alfa.do(take_lease, "post_room", "two", 1_000, seen) == 2
    assert town.alfa.do(take_lease, "post_room", "three", 1_000, seen) is None


def test_one_that_was_renewed_since_it_was_seen_is_not_taken(town: Town) -> None:
    take(town, "one")
    seen = lease(town)
    town.clock.pass_ms(1)
    town.alfa.do(renew_lease, "post_room", 1, 1_000)
    assert town.alfa.do(take_lease, "post_room", "two", 1_000, seen) is None


def test_only_its_holder_renews_it_or_gives_it_back(town: Town) -> None:
    take(town, "one")
    take(town, "two")
    with pytest.raises(LeaseLost):
        town.alfa.do(renew_lease, "post_room", 1, 1_000)
    town.alfa.do(release_lease, "post_room", 1)
    found = lease(town)
    assert found is not None
    assert found.holder == "two"
    for _ in range(2):
        town.alfa.do(release_lease, "post_room", 2)
    assert lease(town) == Held("", 2, 0)
    assert take(town, "three") == 3


def test_the_fence_is_asked_for_within_the_unit_of_work(town: Town) -> None:
    """One after the other in one commit: what came before the take-over counts, what came after it does not."""
    take(town, "one")
    seen, done = lease(town), list[str]()

    def act(_books: object, _now_us: int, _ids: object, word: str) -> str:
        done.append(word)
        return word

    results = town.alfa.do_all(
        [
            (under_lease, "post_room", 1, act, "before"),
            (take_lease, "post_room", "two", 1_000, seen),
            (under_lease, "post_room", 1, act, "after"),
            (under_lease, "post_room", 2, act, "anew"),
        ],
        keep_errors=True,
    )
    assert done[-2:] == ["before", "anew"]
    assert "after" not in done
    assert isinstance(results[2], LeaseLost)


def test_nobody_works_under_a_lease_that_nobody_has_taken(town: Town) -> None:
    with pytest.raises(LeaseLost):
        town.alfa.do(under_lease, "post_room", 1, lambda *_: None)
