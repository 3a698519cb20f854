"""Four eyes on pages: the limit as a form says it, and what a second person typed at the first one's place."""

from __future__ import annotations

from bank_node.four_eyes import DECIDES, Signature, limit_in
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from teller_ui.forms import Form, sentence
from teller_ui.visit import Visit

FIELDS = ("supervisor", "supervisor_password")  # never among a form's own: they are not part of what is ordered


def signature_of(visit: Visit) -> Signature:
    address = visit.request.client.host if visit.request.client else ""
    return Signature(visit.values.get(FIELDS[0], "").strip(), visit.values.get(FIELDS[1], ""), address)


def limit_of(visit: Visit, currency: str) -> str:
    """The amount above which this person needs a second one; empty where there is none."""
    limit = limit_in(visit.bank, currency)
    return format_amount(limit, currency) if limit and not visit.may(DECIDES) else ""


def is_about_signature(refusal: Refusal) -> bool:
    return refusal.field in FIELDS


def refuse_signature(form: Form, refusal: Refusal) -> None:
    form.errors[refusal.field or ""] = sentence(refusal.detail)
