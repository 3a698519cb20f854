"""The one table, read from outside."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.people.roles import ROLES, STAFF, TABLE, may, who_may


@dataclass(frozen=True)
class Somebody:
    role: str


def test_what_the_table_does_not_name_nobody_may() -> None:
    assert not any(may(Somebody(role), "vault.blow_up") for role in ROLES)
    assert who_may("vault.blow_up") == ()


def test_an_unknown_role_may_nothing() -> None:
    assert not any(may(Somebody("janitor"), action) for action in TABLE)
    assert not any(may(None, action) for action in TABLE)


def test_the_table_names_only_known_roles() -> None:
    assert all(roles and roles <= set(ROLES) for roles in TABLE.values())


def test_those_who_check_the_books_cannot_move_money_and_the_admin_cannot_see_it() -> None:
    moves = ("cash.deposit", "cash.withdraw", "transfers.send", "accounts.open", "accounts.change_state")
    assert not any(may(Somebody(role), action) for role in ("auditor", "admin") for action in moves)
    assert not any(may(Somebody("admin"), action) for action in ("accounts.read", "customers.read", "transfers.read"))


def test_the_snapshot_is_the_auditors() -> None:
    assert who_may("audit.snapshot") == ("auditor",)


def test_a_customer_may_what_is_his_own_and_nothing_else() -> None:
    his = {action for action in TABLE if may(Somebody("customer"), action)}
    assert his == {action for action in TABLE if action.startswith(("self.", "own."))}
    assert not any(may(Somebody(role), action) for role in STAFF for action in TABLE if action.startswith("own."))
