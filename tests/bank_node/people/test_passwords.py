"""argon2id, and what a new password must be."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from bank_node.ledger.errors import Refusal
from bank_node.people.passwords import check_new, fits, hash_password, is_outdated


def test_a_password_is_kept_as_argon2id_with_at_least_19_mib() -> None:
    parameters = extract_parameters(hash_password("a sentence is fine"))
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024
    assert (parameters.time_cost, parameters.parallelism) == (2, 1)


def test_the_right_password_fits_and_a_wrong_one_does_not() -> None:
    kept = hash_password("grüße aus dem tresor")
    assert fits(kept, "grüße aus dem tresor")
    assert not fits(kept, "gruesse aus dem tresor")
    assert not is_outdated(kept)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("a sentence is fine") != hash_password("a sentence is fine")


def test_a_hash_of_weaker_times_still_fits_but_is_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash("a sentence is fine")
    assert fits(weak, "a sentence is fine")
    assert is_outdated(weak)


def test_a_damaged_hash_fits_nothing() -> None:
    assert not fits("", "")
    assert not fits("not a hash", "not a hash")


@pytest.mark.parametrize(
    "password",
    ["short", "elevenchars", "password1234", "PASSWORD1234", "aaaabbbbaaaabbbb", "alfa.teller11", "x" * 300],
)
def test_a_password_that_is_short_famous_or_the_name_itself_is_refused(password: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_new(password, "alfa.teller1")
    assert refused.value.code == "weak_password"
    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["otter-copper-lantern", "ein Satz genügt völlig", "密码密码是一个很长的句子呀"])
def test_any_characters_are_welcome(password: str) -> None:
    check_new(password, "alfa.teller1")
