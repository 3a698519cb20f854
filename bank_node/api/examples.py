"""Examples for the description: requests that can be sent as they stand, with accounts this bank really has."""

from __future__ import annotations

from typing import Any

from bank_node.bank import Bank
from bank_node.ledger.account import OPEN, make_number
from bank_node.store.queries import AccountRow, accounts

_NEWCOMER = {"username": "teller3", "name": "Mira Holm", "role": "teller", "password": "otter-copper-lantern"}
_OLD_AND_NEW = {"old_password": "otter-copper-lantern", "password": "lantern-copper-otter"}
_CHEQUE = {"amount_minor": 1250, "reason": "cheque not cleared"}
_ALERT = {"kind": "alert", "text": "Asks others to pay for him"}
_PEER_SERIAL = 2001  # the first account of every bank of a seeded world


def fill_in(document: dict[str, Any], bank: Bank) -> None:
    """Puts an example beside the schema of each request body, and account numbers into the paths."""
    with bank.readers.connection() as connection:
        rows = accounts(connection, limit=50)
    usable = [row for row in rows if row.state == OPEN and row.balance_minor > 2_500] or rows
    payer = _number(usable, 0, bank)
    bodies = _bodies(bank, payer, _number(usable, 1, bank), usable[0].currency if usable else "EUR")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            examples = bodies.get(f"{method} {path}", bodies.get(path))
            if content is not None and examples is not None:
                content["examples"] = examples
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "number":
                    parameter["example"] = payer


def _number(rows: list[AccountRow], place: int, bank: Bank) -> str:
    return rows[place].number if place < len(rows) else make_number(bank.charter.bank_id, _PEER_SERIAL + place)


def _bodies(bank: Bank, payer: str, payee: str, currency: str) -> dict[str, dict[str, Any]]:
    cash: dict[str, Any] = {"account": payer, "amount_minor": 1250, "currency": currency, "reference": "counter 2"}
    inside: dict[str, Any] = {"from_account": payer, "to_bank": bank.charter.bank_id, "to_account": payee}
    inside |= {"amount_minor": 1250, "currency": currency, "reference": "lunch"}
    transfers = {"inside the bank": {"value": inside}}
    batch = [{**inside, "idempotency_key": "lunch-1"}]
    peer = next((name for name in sorted(bank.charter.directory) if name != bank.charter.bank_id), None)
    if peer is not None:
        away = {**inside, "to_bank": peer, "to_account": make_number(peer, _PEER_SERIAL)}
        transfers = {"to another bank": {"value": away}, **transfers}
        batch.append({**away, "idempotency_key": "lunch-2"})
    return {
        "/api/v1/deposits": {"12.50 in": {"value": cash}},
        "/api/v1/withdrawals": {"12.50 out": {"value": cash}},
        "/api/v1/transfers": transfers,
        "/api/v1/me/transfers": {"inside the bank": transfers["inside the bank"]},
        "/api/v1/transfers/batch": {"two at once": {"value": {"transfers": batch}}},
        "/api/v1/drawers": {"with a float": {"value": {"number": 2, "floats": {"EUR": 10_000}}}},
        "/api/v1/drawers/{drawer_id}/close": {"two notes of 50": {"value": {"counted": {"EUR": {"5000": 2}}}}},
        "/api/v1/approvals/{approval_id}/approve": {"with a word": {"value": {"reason": "papers seen"}}},
        "/api/v1/approvals/{approval_id}/reject": {"in words": {"value": {"reason": "no papers"}}},
        "/api/v1/entries/{entry_id}/reverse": {"in words": {"value": {"reason": "wrong customer"}}},
        "/api/v1/day/close": {"whichever day it is": {"value": {}}},
        "/api/v1/day/reopen": {"in words": {"value": {"reason": "a drawer was forgotten"}}},
        "/api/v1/transfers/{transaction_id}/return": {"all of it": {"value": {"reason": "not mine"}}},
        "/api/v1/desk/{kind}/seen": {"up to the item with this key": {"value": {"upto": "1"}}},
        "/api/v1/transfers/{transaction_id}/recall": {"with a reason": {"value": {"reason": "sent twice"}}},
        "/api/v1/recalls/{from_bank}/{recall_id}/agree": {"to a part": {"value": {"amount_minor": 1250}}},
        "/api/v1/recalls/{from_bank}/{recall_id}/refuse": {"in words": {"value": {"reason": "the payee disagrees"}}},
        "/api/v1/unclaimed/{item_id}/pay-out": {"to an account": {"value": {"to_account": payer}}},
        "/api/v1/customers": {"a new customer": {"value": {"name": "Mira Holm", "born": "1990-02-28"}}},
        "/api/v1/auth/password": {"another password": {"value": {**_OLD_AND_NEW}}},
        "patch /api/v1/customers/{customer_id}/login": {"end it": {"value": {"active": False}}},
        "/api/v1/customers/{customer_id}/login": {"a user name": {"value": {"username": "mira.holm"}}},
        "/api/v1/staff": {"a new teller": {"value": {**_NEWCOMER}}},
        "/api/v1/staff/{username}": {"disable": {"value": {"active": False}}},
        "/api/v1/accounts": {"a current account": {"value": {"customer_id": 1, "type": "current", "currency": "EUR"}}},
        "/api/v1/accounts/{number}/type": {"a business account": {"value": {"type": "business"}}},
        "/api/v1/accounts/{number}/limit": {"an overdraft": {"value": {"overdraft_minor": 50_000}}},
        "/api/v1/accounts/{number}/label": {"a name for it": {"value": {"label": "Rent"}}},
        "/api/v1/accounts/{number}/holds": {"a cheque": {"value": {**_CHEQUE, "currency": currency}}},
        "/api/v1/customers/{customer_id}/notes": {"an alert": {"value": {**_ALERT}}},
        "/api/v1/cards": {"a card": {"value": {"account": payer}}},
        "/api/v1/cards/{card_id}/block": {"lost": {"value": {"reason": "lost"}}},
        "/api/v1/accounts/{number}": {"freeze debits": {"value": {"state": "debit_frozen"}}},
    }
