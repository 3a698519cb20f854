"""A customer's own login, as a unit of work: given at the counter, for his own pages and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.errors import Refusal
from bank_node.people.roles import CUSTOMER
from bank_node.people.staff import check_username
from bank_node.store.books import Books
from bank_node.store.people import PeopleBook


@dataclass(frozen=True, slots=True)
class NewLogin:
    """The password was made by the bank and is good until `one_time_until_us`, to choose an own one."""

    customer_id: int
    username: str
    password_hash: str
    one_time_until_us: int | None
    actor: str = ""


def give_login(books: Books, now_us: int, _ids: object, new: NewLogin) -> int:
    """Its id. A customer has one; a forgotten password is reset, not given a second login."""
    people = PeopleBook(books.unit)
    name = people.customers_name(new.customer_id)
    if name is None:
        raise Refusal("not_found", "there is no such customer at this bank", "customer_id")
    held = people.login_of(new.customer_id)
    if held is not None:
        raise Refusal("login_there", f"{name} has the login {held.username} already; reset its password instead")
    username = check_username(books, new.username)
    until_us = new.one_time_until_us
    login_id = people.add(
        username,
        name,
        CUSTOMER,
        new.password_hash,
        now_us,
        customer_id=new.customer_id,
        one_time_until_us=until_us,
    )
    given = {"username": username, "one_time": until_us is not None}
    books.audit.note("login_given", f"customer/{new.customer_id}", new.actor, given)
    return login_id
