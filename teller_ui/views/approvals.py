"""Requests that wait for a second person, as pages print them: what is asked, by whom, what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bank_node.ledger.account import group
from bank_node.ledger.money import format_amount
from bank_node.store.approvals import ALTERED, APPROVED, EXPIRED, REJECTED, WAITING, WITHDRAWN, ApprovalRow, order_in
from bank_node.transfers.states import AWAITING_APPROVAL, Chip, chip
from teller_ui.views.text import moment

CHIPS: Final = {
    WAITING: chip(AWAITING_APPROVAL),
    APPROVED: Chip("check", "Approved", "ok"),
    REJECTED: Chip("cross", "Rejected", "bad"),
    EXPIRED: Chip("clock", "Expired", "bad"),
    WITHDRAWN: Chip("back", "Withdrawn", "info"),
}
KINDS: Final = {"transfer": "Payment", "deposit": "Cash in", "withdrawal": "Cash out", "reversal": "Reversal"}


@dataclass(frozen=True, slots=True)
class ApprovalView:
    id: int
    path: str
    title: str
    what: str
    amount: str
    maker: str
    asked: str
    chip: Chip
    facts: tuple[tuple[str, str], ...]
    says: str
    done_path: str = ""


def approval_view(row: ApprovalRow, owner: str, name: Callable[[str], str], now_us: int) -> ApprovalView:
    """`owner` is whose account it is about; `name` tells a user name's person."""
    kind = KINDS.get(row.kind, row.kind)
    amount = f"{format_amount(row.amount_minor, row.currency)} {row.currency}"
    return ApprovalView(
        id=row.id,
        path=f"/approvals/{row.id}",
        title=f"{kind}, {amount}",
        what=kind,
        amount=amount,
        maker=name(row.maker),
        asked=moment(row.made_us, now_us),
        chip=CHIPS[row.state],
        facts=_facts(row, owner),
        says=_says(row, name, now_us),
        done_path=_done(row),
    )


def _facts(row: ApprovalRow, owner: str) -> tuple[tuple[str, str], ...]:
    order = order_in(row)
    if order is None:
        return (("Order", ALTERED),)
    facts = []
    if owner:
        account = order.get("from_account") or order.get("account")
        facts.append(("Account", f"{owner}, {group(account)}" if account else owner))
    if row.kind == "transfer":
        to = order["to_account"]
        facts.append(("To", f"{order['to_name'] or ''} {group(to) if to.startswith('XF') else to}".strip()))
        facts.append(("At", order["to_bank"]))
    if row.kind == "reversal":
        facts.append(("Undoes", f"entry {order['entry_id']}"))
    said = order.get("reference") or order.get("reason")
    if said:
        facts.append(("Words", said))
    return tuple(facts)


def _says(row: ApprovalRow, name: Callable[[str], str], now_us: int) -> str:
    if row.state == WAITING:
        held = " Its money is held meanwhile." if row.hold_id is not None else ""
        return f"Nothing is booked yet.{held} It expires {moment(row.expires_us, now_us)}."
    when = moment(row.decided_us or row.made_us, now_us)
    if row.state == EXPIRED:
        return f"Nobody decided in time; it expired {when}. Nothing was booked."
    why = f": {row.reason}" if row.reason else ""
    end = "" if row.state == APPROVED else " Nothing was booked."
    return f"{CHIPS[row.state].word} by {name(row.decided_by or '')}, {when}{why}.{end}"


def _done(row: ApprovalRow) -> str:
    if row.state != APPROVED or row.leads_to is None:
        return ""
    return f"/payments/{row.leads_to}" if row.kind == "transfer" else f"/entries/{row.leads_to}"
