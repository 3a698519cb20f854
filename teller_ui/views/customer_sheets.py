"""What stands on the sheets of a customer's page beside purse and entries: holds, cards, notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from bank_node.ledger.account import group
from bank_node.ledger.cards import ACTIVE, BLOCKED, EXPIRED, state_on
from bank_node.ledger.money import format_amount
from bank_node.store.cards import CardRow
from bank_node.store.holds import APPROVAL, HoldRow
from bank_node.store.notes import NoteRow
from bank_node.store.queries import AccountRow
from bank_node.transfers.states import Chip
from teller_ui.views.text import local, moment

ACCOUNT_CHIPS = {
    "debit_frozen": Chip("alert", "Debits frozen", "wait"),
    "blocked": Chip("cross", "Blocked", "bad"),
    "closed": Chip("cross", "Closed", "bad"),
}
HELD = Chip("clock", "Money on hold", "wait")
OVERDRAWN = Chip("alert", "Overdrawn", "bad")
CARD_CHIPS = {
    ACTIVE: Chip("check", "Active", "ok"),
    BLOCKED: Chip("cross", "Blocked", "bad"),
    EXPIRED: Chip("clock", "Expired", "wait"),
}


@dataclass(frozen=True, slots=True)
class HoldLine:
    id: int
    since: str
    account: str
    reason: str
    by: str
    until: str
    amount: str
    currency: str
    key: str = ""  # of the form that releases it; empty where it cannot be


@dataclass(frozen=True, slots=True)
class CardLine:
    path: str
    masked: str
    account: str
    owner: str
    expires: str
    chip: Chip
    issued: str
    blocked: str


@dataclass(frozen=True, slots=True)
class NoteLine:
    id: int
    words: str
    by: str
    is_alert: bool
    key: str = ""  # of the form that ends it; empty where nobody here may


def account_chips(account: AccountRow) -> tuple[Chip, ...]:
    """State first, then what keeps money from being spent."""
    chips = [ACCOUNT_CHIPS[account.state]] if account.state in ACCOUNT_CHIPS else []
    if account.held_minor:
        chips.append(HELD)
    if account.balance_minor < 0:
        chips.append(OVERDRAWN)
    return tuple(chips)


def hold_line(row: HoldRow, now_us: int, key: str) -> HoldLine:
    until = "until it is released"
    if row.kind == APPROVAL:
        until = "until the order is decided"
    elif row.expires_us is not None:
        until = f"until {moment(row.expires_us - 1, now_us)}"  # the last moment, not the day after
    return HoldLine(
        id=row.id,
        since=moment(row.at_us, now_us),
        account=group(row.number),
        reason=row.reason or "waits for approval",
        by=row.actor,
        until=until,
        amount=format_amount(row.amount_minor, row.currency),
        currency=row.currency,
        key="" if row.kind == APPROVAL else key,
    )


def card_line(row: CardRow, now_us: int) -> CardLine:
    state = state_on(row.state, row.expires, datetime.fromtimestamp(now_us // 1_000_000, UTC).date())
    blocked = ""
    if row.blocked_us is not None:
        blocked = f"Blocked by {row.blocked_by}, {moment(row.blocked_us, now_us)}: {row.reason}"
    return CardLine(
        path=f"/cards/{row.id}",
        masked=row.masked,
        account=group(row.number),
        owner=row.owner,
        expires=month_of(row.expires),
        chip=CARD_CHIPS[state],
        issued=f"{moment(row.issued_us, now_us)} by {row.issued_by}",
        blocked=blocked,
    )


def note_line(row: NoteRow, now_us: int, key: str) -> NoteLine:
    by = f"{row.actor}, {moment(row.at_us, now_us)}"
    if row.ended_us is not None:
        by += f"; ended by {row.ended_by}, {moment(row.ended_us, now_us)}"
    return NoteLine(row.id, row.text, by, row.kind == "alert", key)


def month_of(expires: str) -> str:
    """`11/2030` of `2030-11`, as it stands on the card."""
    year, _, month = expires.partition("-")
    return f"{month}/{year}"


def end_of_day_us(iso: str) -> int:
    """The first moment after that day, by this machine's clock. Raises ValueError."""
    day = date.fromisoformat(iso)
    following = datetime(day.year, day.month, day.day).astimezone().timestamp() + 86_400
    return int(following) * 1_000_000


def today(now_us: int) -> str:
    return f"{local(now_us):%Y-%m-%d}"
