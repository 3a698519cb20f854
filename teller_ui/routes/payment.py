"""The payment page: where the money is, what happened, the receipt. It fills by itself, and is right after F5."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response

from bank_node.ledger.money import format_amount
from bank_node.store import counter_queries, recall_queries, transfer_queries
from bank_node.store.approvals import APPROVED, approval_of_transfer
from bank_node.store.counter_queries import Connection
from bank_node.store.people import staff_named
from bank_node.store.recall_queries import AskedRow
from bank_node.store.reversals import entry_of, reversal_about
from bank_node.store.transfer_queries import TransferEvent, TransferRow
from bank_node.store.unclaimed import is_unclaimed
from bank_node.transfers import states
from bank_node.transfers.reasons import coded, quoted
from bank_node.transfers.recall import AGREED, ASKED
from teller_ui.counter import Page
from teller_ui.routes.reversal import is_offered
from teller_ui.travel import travel_of
from teller_ui.views.frame import Act
from teller_ui.views.payment import Linked, PaymentFacts, PaymentView, RecallFacts, payment_view
from teller_ui.views.text import moment
from teller_ui.visit import NotThere, Visit


def show(visit: Visit, connection: Connection) -> Response:
    id_ = visit.request.path_params["id"]
    asked = approval_of_transfer(connection, id_)
    if asked is not None and asked.state != APPROVED:  # no payment yet, and perhaps never one
        return RedirectResponse(f"/approvals/{asked.id}", 303)
    view = view_of(visit, connection, id_)
    at = "" if view.is_inside else f"payment:{id_}"
    return visit.page(connection, "payment", code="43", at=at, payment=view)


def view_of(visit: Visit, connection: Connection, transaction_id: str) -> PaymentView:
    row = transfer_queries.transfer(connection, transaction_id)
    if row is None:
        raise NotThere("This bank sent no payment with this id.")
    events = transfer_queries.transfer_events(connection, transaction_id)
    travel = travel_of(row, events, visit.bank.charter.bank_id, link_up=visit.bank.link.carries)
    return payment_view(_facts(visit, connection, row, events), travel)


def _facts(visit: Visit, connection: Connection, row: TransferRow, events: Sequence[TransferEvent]) -> PaymentFacts:
    teller = staff_named(connection, row.actor)
    recalls = recall_queries.recalls_of_sent(connection, row.transaction_id)
    recall = _recall(recalls[0], visit.bank.clock.now_us()) if recalls else None
    returns = None
    if row.original_id is not None:
        path = f"/payments/received/{row.to_bank}/{row.original_id}"
        words = f"It returns a payment that {row.to_bank} had sent."
        returns = Linked(words, path, "Show that payment", f"/why/return/{row.transaction_id}")
    approved = approval_of_transfer(connection, row.transaction_id)
    checker = staff_named(connection, approved.decided_by or "") if approved else None
    back = _back(connection, row)
    return PaymentFacts(
        amount_minor=row.amount_minor,
        currency=row.currency,
        from_name=row.from_name,
        to_name=row.to_name,
        reference=row.reference,
        actor=teller.name if teller else row.actor,
        returned_minor=row.returned_minor,
        conflict=row.conflict,
        recall=recall,
        acts=_acts(visit, row, recall) + _reversal(visit, connection, row),
        approved_by=checker.name if checker else "",
        returns=returns,
        given_back=tuple(_given_back(row, event, recalls, back) for event in events if event.kind == "returned"),
        back=back,
    )


def _back(connection: Connection, row: TransferRow) -> str:
    """Where money of it went that came back."""
    if is_unclaimed(connection, row.transaction_id):
        return "Its account is closed: it is kept as unclaimed money until it is paid out."
    return "The money is back on the account."


def _given_back(row: TransferRow, event: TransferEvent, recalls: Sequence[AskedRow], back: str) -> Linked:
    """A return of this payment that came, and why; agreed to, it is the answer to what was asked for."""
    amount = format_amount(int(event.facts.get("amount_minor", 0)), row.currency)
    why = coded("FOCR" if any(recall.state == AGREED for recall in recalls) else "MS03", event.facts.get("why"))
    words = f"{row.to_bank} returned {amount} {row.currency} of it: {why} {back}"
    path = f"/payments/received/{row.to_bank}/{event.facts.get('by', '')}"
    return Linked(words, path, "Show the return", f"/why/return/{row.transaction_id}")


def _recall(row: AskedRow, now_us: int) -> RecallFacts:
    """The newest recall and what became of it, in words."""
    asked = f"{row.actor} asked {row.to_bank} for its return, {moment(row.created_us, now_us)}"
    if row.state == ASKED:
        return RecallFacts(True, f"{asked}. There is no answer yet; it is asked again by itself.")
    when = moment(row.answered_us or row.created_us, now_us)
    if row.state == AGREED:
        return RecallFacts(False, f"{asked}. {row.to_bank} agreed, {when}; the money comes back as a return.")
    return RecallFacts(False, f"{asked}. {row.to_bank} refused, {when}. {quoted(row.answer_text)}")


def _acts(visit: Visit, row: TransferRow, recall: RecallFacts | None) -> tuple[Act, ...]:
    acts = []
    if visit.may("transfers.recall") and row.kind != states.INSIDE:
        path = f"/payments/{row.transaction_id}/call-back"
        if row.state in states.OPEN and row.state != states.CANCELLING:
            acts.append(Act("Take back", path))
        asked = recall is not None and recall.is_open
        if row.kind == states.PAYMENT and row.state == states.COMPLETED and row.returned_minor < row.amount_minor:
            acts += [] if asked else [Act("Ask for its return", path)]
    if visit.may("transfers.send"):
        acts.append(Act("Another payment", f"/payment?from_account={row.from_account}"))
    return tuple(acts)


def _reversal(visit: Visit, connection: Connection, row: TransferRow) -> tuple[Act, ...]:
    """Of a payment inside the bank: undoing it today, or the entry that undid it."""
    if row.kind != states.INSIDE:
        return ()
    entry_id = entry_of(connection, row.account_id, row.transaction_id, row.created_us)
    found = counter_queries.entry(connection, entry_id) if entry_id else None
    if found is None:
        return ()
    about = reversal_about(connection, found.id)
    if about is not None:
        return (Act("Reversed: the entry that undid it", f"/entries/{about.reversal_id}"),)
    return (Act("Reverse", f"/entries/{found.id}/reverse"),) if is_offered(visit, connection, found) else ()


PAGES = (Page("GET", "/payments/{id}", show, "transfers.read"),)
