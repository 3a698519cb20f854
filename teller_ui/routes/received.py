"""Payments received (44), and this bank's side of one of them."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from bank_node.ledger.dates import rfc3339
from bank_node.ledger.money import format_amount
from bank_node.store import recall_queries, transfer_queries
from bank_node.store.counter_queries import Connection
from bank_node.store.recall_queries import RequestRow
from bank_node.store.transfer_queries import DecisionRow
from bank_node.transfers import states
from bank_node.transfers.reasons import coded, quoted, teller_words
from bank_node.transfers.recall import OPEN
from teller_ui.counter import Page
from teller_ui.rosette import letter_of
from teller_ui.views.frame import Act
from teller_ui.views.hops import Hop
from teller_ui.views.line import DONE, FAILED, Place, Stop
from teller_ui.views.lists import ReceivedView, amount_of, grouped, received_row
from teller_ui.views.payment import Linked, PaymentView, ReceiptLine, ReceiptView
from teller_ui.views.text import after, clock, clock_ms, date, moment, plural
from teller_ui.visit import NotThere, Visit
from teller_ui.words import amount_in_words

ROWS = 25


def show_list(visit: Visit, connection: Connection) -> Response:
    moment = visit.number_asked("before")
    before = None if moment is None else (moment, visit.asked("bank"), visit.asked("id"))
    view = view_of(visit, connection, before)
    return visit.page(connection, "payments_received", code="44", at="" if before else "received", received=view)


def view_of(visit: Visit, connection: Connection, before: tuple[int, str, str] | None = None) -> ReceivedView:
    now_us = visit.bank.clock.now_us()
    rows = transfer_queries.decisions(connection, before=before, limit=ROWS + 1)
    older = ""
    if len(rows) > ROWS:
        last = rows[ROWS - 1]
        place = {"before": last.decided_us, "bank": last.from_bank, "id": last.transaction_id}
        older = f"/payments/received?{urlencode(place)}"
    wanted = recall_queries.still_wanted(connection)
    may_return = visit.may("transfers.return")
    listed = (
        received_row(
            row,
            now_us,
            recall_asked=(row.from_bank, row.transaction_id) in wanted,
            return_path=_return_path(row) if may_return else "",
        )
        for row in rows[:ROWS]
    )
    return ReceivedView(tuple(listed), older, before is not None)


def show_one(visit: Visit, connection: Connection) -> Response:
    place = visit.request.path_params
    row = transfer_queries.decision(connection, place["id"], place["bank"])
    if row is None:
        raise NotThere("This bank received no payment with this id from there.")
    return visit.page(connection, "payment", code="44", payment=_view(visit, connection, row))


def _view(visit: Visit, connection: Connection, row: DecisionRow) -> PaymentView:
    own = visit.bank.charter.bank_id
    refused = row.decision != states.ACCEPTED
    why = teller_words(row.reason_code)
    amount = amount_of(row)
    lines = (
        ReceiptLine("From", row.from_name or f"Account at {row.from_bank}", grouped(row.from_account)),
        ReceiptLine("To", row.owner or "not credited", grouped(row.to_account)),
        *((ReceiptLine("Reference", row.reference),) if row.reference else ()),
        ReceiptLine("Decided", f"{date(row.decided_us)}, {clock(row.decided_us)}"),
    )
    words = amount_in_words(row.amount_minor, row.currency) if row.amount_minor and row.currency else "no amount told"
    recalls = recall_queries.recalls_of_received(connection, row.from_bank, row.transaction_id)
    chips = [states.decision_chip(row.decision, row.amount_minor or 0, row.returned_minor)]
    if any(recall.state == OPEN for recall in recalls):
        chips.append(states.RECALL_ASKED)
    return PaymentView(
        title=f"{'Return' if row.original_id else 'Payment'} from {row.from_name or row.from_bank}",
        transaction_id=row.transaction_id,
        chips=tuple(chips),
        aside=f"this bank's side; {row.from_bank} keeps the other",
        stops=_stops(own, row, refused),
        hops=_hops(own, row, refused, why),
        receipt=ReceiptView(amount, row.currency or "", words, lines, row.transaction_id),
        spoken="",
        reason=f"{coded(row.reason_code)} The answer told {row.from_bank} so." if refused else "",
        acts=_acts(visit, row),
        linked=(*_returns(connection, row), *(_recall(visit, recall) for recall in recalls)),
        is_inside=True,
        is_final=True,
    )


def _acts(visit: Visit, row: DecisionRow) -> tuple[Act, ...]:
    path = _return_path(row)
    return (Act("Return", path),) if path and visit.may("transfers.return") else ()


def _return_path(row: DecisionRow) -> str:
    """Where a payment is given back; empty where nothing of it is left to return."""
    left = (row.amount_minor or 0) - row.returned_minor
    credited = row.kind == states.PAYMENT and row.decision == states.ACCEPTED
    return f"/payments/received/{row.from_bank}/{row.transaction_id}/return" if credited and left > 0 else ""


def _returns(connection: Connection, row: DecisionRow) -> list[Linked]:
    """Both ends of a return: the returns made of this payment, or the payment that this one returns."""
    if row.original_id:
        why, path = _why("return", row), f"/payments/{row.original_id}"
        return [Linked("It returns a payment of this bank.", path, "Show that payment", why)]
    if not row.returned_minor:
        return []
    made = transfer_queries.returns_of(connection, row.from_bank, row.transaction_id)
    return [
        Linked(
            f"{format_amount(one.amount_minor, one.currency)} {one.currency} of it "
            f"{'could not be returned' if one.state == states.REJECTED else 'were returned'} by {one.actor}.",
            f"/payments/{one.transaction_id}",
            "Show the return",
            _why("return", row),
        )
        for one in made
    ]


def _why(topic: str, row: DecisionRow) -> str:
    """The page that explains it."""
    return f"/why/{topic}/{row.from_bank}:{row.transaction_id}"


def _recall(visit: Visit, recall: RequestRow) -> Linked:
    now_us = visit.bank.clock.now_us()
    why = quoted(recall.reason, nothing="It gave no reason.")
    asked = f"{recall.from_bank} asked for it back, {moment(recall.received_us, now_us)}. {why}"
    if recall.state == OPEN:
        place = f"{recall.from_bank}:{recall.recall_id}"
        path = f"/attention/recall/{place}/answer" if visit.may("desk.answer_recall") else "/attention"
        return Linked(asked, path, "Answer" if visit.may("desk.answer_recall") else "It waits on the desk")
    when = moment(recall.decided_us or 0, now_us)
    said = f" {quoted(recall.answer_text)}" if recall.answer_text else ""
    return Linked(f"{asked} {recall.decided_by} {recall.state.lower()}, {when}.{said}")


def _stops(own: str, row: DecisionRow, refused: bool) -> tuple[Stop, ...]:
    here = Place(f"at {own}", letter_of(own), is_wide=True)
    read, decided = row.read_us, row.decided_us
    ignored = f"{plural(row.repeats_ignored, 'repeat')} ignored since" if row.repeats_ignored else "once and for all"
    why = _why("dedupe", row) if row.repeats_ignored else ""
    name = "Refused" if refused else "Credited"
    return (
        Stop("Read here", DONE, own, here, clock_ms(read), rfc3339(read), "from the topic", after(decided - read)),
        Stop(name, FAILED if refused else DONE, own, None, clock_ms(decided), rfc3339(decided), ignored, why=why),
    )


def _hops(own: str, row: DecisionRow, refused: bool, why: str) -> tuple[Hop, ...]:
    letter = letter_of(own)
    done = f"Refused: {why}" if refused else f"Credited {grouped(row.to_account)}"
    hops = [
        Hop(clock_ms(row.read_us), own, letter, f"Read the message of {row.from_bank} from the topic"),
        Hop(
            clock_ms(row.decided_us),
            own,
            letter,
            done,
            "decision, entry and answer in one unit of work",
            after(row.decided_us - row.read_us),
        ),
    ]
    if row.repeats_ignored:
        what = f"Duplicate ignored ×{row.repeats_ignored}"
        more = "the stored answer was given again; no balance moved"
        hops.append(Hop("", own, letter, what, more, why=_why("dedupe", row)))
    return tuple(hops)


PAGES = (
    Page("GET", "/payments/received", show_list, "transfers.read"),
    Page("GET", "/payments/received/{bank}/{id}", show_one, "transfers.read"),
)
