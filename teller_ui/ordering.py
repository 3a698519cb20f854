"""A payment form as an order: at the counter and at home the same fields are filled in, and the same may not fit."""

from __future__ import annotations

from bank_node.ledger.money import format_amount
from bank_node.operations.orders import TransferOrder
from bank_node.store.counter_queries import Connection
from bank_node.store.queries import AccountRow
from teller_ui.forms import Form, amount, payee
from teller_ui.visit import Visit


def order_in(visit: Visit, connection: Connection, form: Form, payer: AccountRow | None) -> TransferOrder | None:
    """None where something does not fit: then it stands under its field. Without a payer the caller has said why."""
    charter = visit.bank.charter
    to = payee(connection, form, charter.directory, charter.bank_id)
    minor = amount(form, payer.currency if payer else "EUR")
    if payer and to and payer.number == to[1]:
        form.errors["to_account"] = "Payer and payee are the same account."
    if payer and minor and minor > payer.available_minor:
        available = f"{format_amount(payer.available_minor, payer.currency)} {payer.currency}"
        form.errors["amount"] = f"There is not enough money on the account: {available} is available."
    if payer is None or to is None or minor is None or form.errors:
        return None
    return TransferOrder(
        from_account=payer.number,
        to_bank=to[0],
        to_account=to[1],
        amount_minor=minor,
        currency=payer.currency,
        to_name=form.text("to_name"),
        reference=form.text("reference"),
        actor=visit.username,
        claim=visit.claim(form.scope, form.key, form.request_hash),
    )
