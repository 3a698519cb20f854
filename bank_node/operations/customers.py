"""Opening a customer."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.wording import check_text
from bank_node.store.books import Books


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """`born` is an ISO date."""

    name: str
    phone: str | None = None
    born: str | None = None
    actor: str = ""
    claim: Claim | None = None


def open_customer(books: Books, now_us: int, _ids: Ids, new: NewCustomer) -> Receipt:
    """The receipt's id is the customer's."""

    def act() -> Receipt:
        name = " ".join(new.name.split())
        if not name:
            raise Refusal("BE04", "a customer has a name", "name")
        check_text(name, "name")
        check_text(new.phone, "phone")
        customer_id = books.customers.add(name, new.phone, new.born, now_us)
        books.audit.note("customer_opened", f"customer/{customer_id}", new.actor, {})
        return Receipt("customer", str(customer_id), "completed", now_us)

    return once(books, now_us, new.claim, act)
