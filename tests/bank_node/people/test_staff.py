"""Staff and customers' logins as units of work: what each leaves behind, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from sqlalchemy import text

from bank_node.bank import Bank
from bank_node.ledger.errors import Refusal
from bank_node.people.logins import NewLogin, give_login
from bank_node.people.sessions import NewSession, id_hash, open_session
from bank_node.people.staff import NewStaff, hire, set_active, set_password, set_role
from bank_node.store.people import StaffRow, all_staff, live_session, login_of_customer, staff_named
from tests.support.counter import a_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with a_bank(tmp_path_factory.mktemp("alfa")) as opened:
        yield opened


def member(bank: Bank, username: str) -> StaffRow:
    with bank.readers.connection() as connection:
        row = staff_named(connection, username)
    assert row is not None
    return row


def hired(bank: Bank, username: str, role: str = "teller") -> StaffRow:
    bank.submit_and_wait(hire, NewStaff(username, username.title(), role, "not a hash", "admin"))
    return member(bank, username)


def noted(bank: Bank, subject: str) -> list[tuple[str, str, dict[str, object]]]:
    sql = text("SELECT action, actor, facts FROM audit_log WHERE subject = :subject ORDER BY seq")
    with bank.readers.connection() as connection:
        rows = connection.execute(sql, {"subject": subject}).all()
    return [(row[0], row[1], orjson.loads(row[2])) for row in rows]


def test_of_two_admins_who_disable_each_other_one_stays(bank: Bank) -> None:
    second = hired(bank, "second", "admin")
    first = member(bank, "admin")
    bank.submit_and_wait(set_active, first.staff_id, False, "second")
    for order in ((set_active, False), (set_role, "teller")):
        with pytest.raises(Refusal, match="last admin"):
            bank.submit_and_wait(order[0], second.staff_id, order[1], "admin")
    bank.submit_and_wait(set_active, first.staff_id, True, "second")
    bank.submit_and_wait(set_active, second.staff_id, False, "admin")


def test_every_change_says_who_did_it_and_what_was_before(bank: Bank) -> None:
    changed = hired(bank, "changed")
    bank.submit_and_wait(set_role, changed.staff_id, "auditor", "admin")
    bank.submit_and_wait(set_role, changed.staff_id, "auditor", "admin")  # nothing to change, nothing to say
    bank.submit_and_wait(set_active, changed.staff_id, False, "admin")
    bank.submit_and_wait(set_active, changed.staff_id, False, "admin")
    bank.submit_and_wait(set_password, changed.staff_id, "another hash", "admin", 7)
    assert noted(bank, f"staff/{changed.staff_id}") == [
        ("staff_hired", "admin", {"username": "changed", "role": "teller", "one_time": False}),
        ("staff_role", "admin", {"from": "teller", "to": "auditor"}),
        ("staff_disabled", "admin", {"from": "active", "to": "disabled"}),
        ("staff_password", "admin", {"one_time": True, "sessions_ended": 0}),
    ]


def test_whatever_changes_a_person_ends_his_sessions(bank: Bank) -> None:
    person = hired(bank, "present")
    changes = ((set_role, "auditor"), (set_password, "not a hash"), (set_active, False))
    for place, (operation, value) in enumerate(changes):
        session = id_hash(f"session {place}")
        opened = NewSession(session, member(bank, "present"), "browser", 2**60, "127.0.0.1")
        bank.submit_and_wait(open_session, opened)
        bank.submit_and_wait(operation, person.staff_id, value, "admin")
        with bank.readers.connection() as connection:
            assert live_session(connection, session) is None


def test_a_customer_has_one_login_and_it_is_not_staff(bank: Bank) -> None:
    bank.submit_and_wait(give_login, NewLogin(2, "Carol", "not a hash", 7, "teller"))
    assert noted(bank, "customer/2")[-1] == ("login_given", "teller", {"username": "carol", "one_time": True})
    with pytest.raises(Refusal, match="has the login carol already"):
        bank.submit_and_wait(give_login, NewLogin(2, "carol2", "not a hash", None, "teller"))
    with pytest.raises(Refusal, match="no such customer"):
        bank.submit_and_wait(give_login, NewLogin(99, "nobody", "not a hash", None, "teller"))
    with pytest.raises(Refusal, match="is somebody already"):
        bank.submit_and_wait(hire, NewStaff("carol", "Carol", "teller", "not a hash", "admin"))
    with bank.readers.connection() as connection:
        login = login_of_customer(connection, 2)
        assert "carol" not in [row.username for row in all_staff(connection)]
    assert login is not None
    with pytest.raises(Refusal, match="for his own pages"):
        bank.submit_and_wait(set_role, login.staff_id, "admin", "admin")


@pytest.mark.parametrize("username", ["", "  ", "two words", "new\nline", "\u0000", "a\tb", "\u202eevil"])
def test_a_user_name_is_one_printable_word(bank: Bank, username: str) -> None:
    with pytest.raises(Refusal, match="no blanks"):
        bank.submit_and_wait(hire, NewStaff(username, "Somebody", "teller", "not a hash"))


def test_the_role_customer_is_nobodys_to_be_hired_for(bank: Bank) -> None:
    with pytest.raises(Refusal, match="not a role"):
        bank.submit_and_wait(hire, NewStaff("spy", "Spy", "customer", "not a hash"))
