"""Customers: the list, one of them with the accounts, and opening a new one."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.accounts import account_json
from bank_node.api.answers import CustomerFile, CustomerList
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import OPTIONAL_PARAMETER, claim, key_of, replay_headers
from bank_node.api.paging import Cursor, Limit, number_of, page
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import CustomerInput, CustomerOpened
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.people import Person
from bank_node.store import queries

routes = router("customers")


@routes.get("/customers", response_model=CustomerList)
def customers(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("customers.read")],
    q: Annotated[str | None, Query(max_length=80, description="part of a name, account or phone number")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Customers in the order they were opened; with `q` those that it finds, by name, on one page."""
    with bank.readers.connection() as connection:
        if q:
            found = queries.find_customers(connection, q, limit)
            return as_json({"items": [customer_json(row) for row in found], "next": None})
        rows = queries.customers(connection, number_of(cursor) or 0, limit)
    return page(request, [customer_json(row) for row in rows], limit, rows[-1].id if rows else 0)


@routes.get("/customers/{customer_id}", response_model=CustomerFile)
def customer(
    bank: TheBank, _who: Annotated[Person, allowed("customers.read")], customer_id: Annotated[int, Path(ge=1, lt=2**63)]
) -> Response:
    """One customer with all accounts."""
    with bank.readers.connection() as connection:
        row = queries.customer(connection, customer_id)
        if row is None:
            raise Stop(Problem("not_found", "There is no such customer at this bank."))
        accounts = queries.accounts_of(connection, customer_id)
    return as_json({**customer_json(row), "accounts": [account_json(account) for account in accounts]})


@routes.post(
    "/customers",
    status_code=201,
    response_model=CustomerOpened,
    openapi_extra={"parameters": [OPTIONAL_PARAMETER]},
)
async def open_a_customer(
    request: Request, bank: TheBank, new: CustomerInput, who: Annotated[Person, allowed("customers.open")]
) -> Response:
    """Opens a customer, and says who else is called just so. With an Idempotency-Key, sending it twice opens one."""
    key = key_of(request.headers)
    mine = claim(who.username, "customers", key, (new.name, new.phone, new.born)) if key else None
    receipt = await bank.submit(open_customer, NewCustomer(new.name, new.phone, new.born, who.username, mine))
    path = f"/api/v1/customers/{receipt.id}"
    alike = await asyncio.to_thread(_namesakes, bank, new.name, int(receipt.id))
    answer = {"customer_id": int(receipt.id), "namesakes": alike, "created_at": rfc3339(receipt.at_us)}
    answer |= {"links": {"self": path}}
    return as_json(answer, 201, {"Location": path, **replay_headers(receipt)})


def _namesakes(bank: Bank, name: str, but: int) -> list[int]:
    with bank.readers.connection() as connection:
        return [row.id for row in queries.namesakes(connection, name) if row.id != but]


def customer_json(row: queries.CustomerRow) -> dict[str, Any]:
    return {
        "customer_id": row.id,
        "name": row.name,
        "phone": row.phone,
        "born": row.born,
        "since": rfc3339(row.since_us),
    }
