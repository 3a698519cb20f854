"""One line of an account's history: what happened, with whom, and what became of it."""

from __future__ import annotations

from bank_node.ledger.account import group
from bank_node.ledger.money import format_amount
from bank_node.statements.wording import what
from bank_node.store.queries import HistoryLine
from bank_node.transfers import states
from bank_node.transfers.reasons import coded
from bank_node.transfers.states import Chip
from teller_ui.views.customer import EntryRow
from teller_ui.views.text import moment, signed


def entry_row(line: HistoryLine, currency: str, now_us: int) -> EntryRow:
    who, acc = _who(line)
    return EntryRow(
        time=moment(line.at_us, now_us),
        what=what(line),
        who=who,
        acc=group(acc) if acc.startswith("XF") else acc,
        amount=signed(line.amount_minor, currency),
        balance=format_amount(line.balance_minor, currency),
        is_credit=line.amount_minor > 0,
        path=_path(line),
        chip=_chip(line),
    )


def _who(line: HistoryLine) -> tuple[str, str]:
    if line.kind == "transfer_in":
        return line.peer_name or "", line.peer_account or ""
    if line.kind == "transfer_inside" and line.amount_minor > 0:
        return line.from_name or "", line.from_account or ""
    if line.kind in ("transfer_out", "transfer_inside"):
        return line.to_name or "", line.to_account or ""
    if line.kind == "transfer_refunded":
        return f"{line.to_bank}: {coded(line.text)}", ""
    return line.text or "", ""


def _path(line: HistoryLine) -> str:
    if line.kind == "transfer_in":
        return f"/payments/received/{line.peer}/{line.transaction_id}" if line.peer else ""
    if line.transaction_id and line.state:
        return f"/payments/{line.transaction_id}"
    return f"/entries/{line.entry_id}"


def _chip(line: HistoryLine) -> Chip | None:
    if line.kind == "transfer_refunded":
        return states.chip(states.REJECTED)
    if line.kind == "transfer_in":
        return states.CREDITED
    if line.state:
        return states.chip(line.state, abs(line.amount_minor), line.returned_minor)
    return states.chip(states.COMPLETED) if line.kind in ("deposit", "withdrawal") else None
