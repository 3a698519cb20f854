"""Open an account for a customer, with its first deposit in cash; its number with check digits is made by the bank."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from bank_node.four_eyes import is_above_limit
from bank_node.ledger.account import TYPES
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import EXPONENTS, format_amount, parse_amount
from bank_node.ledger.products import CARD, PRODUCTS
from bank_node.operations.accounts import NewAccount, open_account
from bank_node.store import queries
from bank_node.store.counter_queries import Connection
from bank_node.store.queries import CustomerRow
from teller_ui.counter import Page
from teller_ui.forms import Form, sentence
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.views import customer
from teller_ui.visit import NotThere, Visit, with_notice

SCOPE, CODE = "account", "11"
FIELDS = ("customer", "type", "currency", "opening", "label")


@dataclass(frozen=True, slots=True)
class TypeChoice:
    name: str
    word: str
    rules: str


def show(visit: Visit, connection: Connection) -> Response:
    if not visit.asked("customer"):
        raise NotThere("Choose the customer first; the button stands on the customer's page.")
    form = fresh(visit, connection, SCOPE, FIELDS)
    return form if isinstance(form, Response) else _page(visit, connection, form)


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    whose = await visit.reading(_whose, form)
    opening_minor = _opening(visit, form)
    if form.errors:
        return await visit.reading(_wrong, form)
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    kind, currency, label = form.value("type"), form.value("currency"), form.text("label")
    new = NewAccount(whose.id, kind, currency, visit.username, claim, opening_minor, label, needs_drawer=True)
    try:
        receipt = await visit.bank.submit(open_account, new)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.go(with_notice(f"/accounts/{receipt.id}", "already" if receipt.replayed else "account-opened"))


def _opening(visit: Visit, form: Form) -> int:
    """The opening deposit, 0 where none was typed; or an error under it."""
    text = form.value("opening")
    if not text.strip(" 0.,"):
        return 0
    try:
        minor = parse_amount(text, form.value("currency"))
    except Refusal as refusal:
        form.errors["opening"] = sentence(refusal.detail)
        return 0
    if visit.person is not None and is_above_limit(visit.bank, visit.person, minor, form.value("currency")):
        form.errors["opening"] = "It is above your limit. Open the account with less, and pay the rest in (21)."
    return minor


def _whose(_visit: Visit, connection: Connection, form: Form) -> CustomerRow:
    given = form.value("customer")
    fits = given.isascii() and given.isdigit() and len(given) < 19
    found = queries.customer(connection, int(given)) if fits else None
    if found is None:
        raise NotThere("There is no such customer at this bank.")
    return found


def _wrong(visit: Visit, connection: Connection, form: Form) -> Response:
    return already(visit, connection, form) or _page(visit, connection, form, 422)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    return _page(visit, connection, form, refused(visit, connection, form, refusal))


def _page(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    known = _whose(visit, connection, form)
    return visit.page(
        connection,
        "open_account",
        code=CODE,
        status=status,
        fragment="open_account_form",
        form=form,
        owner=known.name,
        is_first=not queries.accounts_of(connection, known.id),
        types=tuple(TypeChoice(name, customer.TYPES[name], _rules(name)) for name in TYPES),
        currencies=tuple(EXPONENTS),
    )


def _rules(name: str) -> str:
    """A type's rules in a line, in euros."""
    product = PRODUCTS[name]
    least = product.minimum_minor("EUR")
    furthest = product.overdraft_max_minor("EUR")
    said = [f"minimum balance {format_amount(least, 'EUR')} EUR" if least else "no minimum balance"]
    said.append(f"overdraft up to {format_amount(furthest, 'EUR')} EUR" if furthest else "no overdraft")
    said.append("cards" if CARD in product.allows else "no card")
    return ", ".join(said)


PAGES = (
    Page("GET", "/accounts/new", show, "accounts.open"),
    Page("POST", "/accounts/new", post, "accounts.open"),
)
