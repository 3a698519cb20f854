"""What a customer sees of his own: accounts, entries, payments, cards. Words for customers, not for tellers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bank_node.ledger.account import group
from bank_node.ledger.money import format_amount
from bank_node.store.approvals import REJECTED, WAITING, ApprovalRow, order_in
from bank_node.store.cards import CardRow
from bank_node.store.queries import AccountRow, HistoryLine
from bank_node.store.transfer_queries import DecisionRow, TransferRow
from bank_node.transfers import states
from bank_node.transfers.reasons import REASONS
from bank_node.transfers.states import Chip
from teller_ui.views.approvals import CHIPS as APPROVALS
from teller_ui.views.customer import TYPES, EntryRow
from teller_ui.views.entries import entry_row
from teller_ui.views.lists import SentRow, grouped, sent_row
from teller_ui.views.months import Months
from teller_ui.views.payment import ReceiptLine, ReceiptView
from teller_ui.views.text import clock, date, moment
from teller_ui.words import amount_in_words

_STATE_CHIPS = {
    "debit_frozen": Chip("alert", "No payments out", "wait"),
    "blocked": Chip("cross", "Blocked", "bad"),
    "closed": Chip("cross", "Closed", "bad"),
}
_CARD_CHIPS = {
    "active": Chip("check", "Active", "ok"),
    "blocked": Chip("cross", "Blocked", "bad"),
    "expired": Chip("clock", "Expired", "wait"),
}


@dataclass(frozen=True, slots=True)
class OwnAccount:
    path: str
    name: str
    number: str
    currency: str
    available: str
    facts: tuple[tuple[str, str], ...]
    chip: Chip | None = None
    here: bool = False


@dataclass(frozen=True, slots=True)
class OwnAccounts:
    """`month` is YYYY-MM as it was asked for, `months` those to choose from; `statement_path` where there is one."""

    name: str
    purse: tuple[OwnAccount, ...]
    account: OwnAccount | None = None
    path: str = ""
    entries: tuple[EntryRow, ...] = ()
    months: Months = ()
    month: str = ""
    asked: str = ""
    older_path: str = ""
    newest_path: str = ""
    is_older: bool = False
    first_step_path: str = ""
    statement_path: str = ""
    history_path: str = ""

    @property
    def is_filtered(self) -> bool:
        return bool(self.month or self.asked)


@dataclass(frozen=True, slots=True)
class OwnPayment:
    title: str
    transaction_id: str
    chip: Chip
    says: str
    receipt: ReceiptView


@dataclass(frozen=True, slots=True)
class OwnCard:
    number: str
    account: str
    expires: str
    chip: Chip


def own_purse(account: AccountRow, here: bool) -> OwnAccount:
    currency = account.currency
    facts = [("Balance", format_amount(account.balance_minor, currency))]
    if account.held_minor:
        facts.append(("Reserved", format_amount(account.held_minor, currency)))
    return OwnAccount(
        path=f"/my/accounts/{account.number}#entries",
        name=TYPES.get(account.type, account.type),
        number=group(account.number),
        currency=currency,
        available=format_amount(account.available_minor, currency),
        facts=tuple(facts),
        chip=_STATE_CHIPS.get(account.state),
        here=here,
    )


def own_entry(line: HistoryLine, currency: str, now_us: int) -> EntryRow:
    """Leads to the payment where there is one; what the staff's receipt says is not for him."""
    his = line.state is not None and (
        line.amount_minor < 0 or line.kind != "transfer_inside"
    )  # or he is only its payee
    linked = bool(line.transaction_id) and (his or line.peer is not None)
    row = replace(entry_row(line, currency, now_us), path=f"/my/payments/{line.transaction_id}" if linked else "")
    return replace(row, who=f"{line.to_bank}: {_words_of(line.text)}") if line.kind == "transfer_refunded" else row


def own_sent_row(row: TransferRow, now_us: int) -> SentRow:
    return replace(sent_row(row, now_us), path=f"/my/payments/{row.transaction_id}", reason=_why(row))


@dataclass(frozen=True, slots=True)
class UnsentRow:
    """A payment that the bank looks at, or did not let go."""

    path: str
    time: str
    to: str
    chip: Chip
    amount: str
    currency: str


def own_unsent_row(row: ApprovalRow, now_us: int) -> UnsentRow:
    order = order_in(row)
    return UnsentRow(
        f"/my/payments/{row.leads_to}",
        moment(row.made_us, now_us),
        order["to_name"] or grouped(order["to_account"]) if order else "Not readable any more",
        APPROVALS[row.state],
        format_amount(row.amount_minor, row.currency),
        row.currency,
    )


def sent_payment(row: TransferRow, now_us: int) -> OwnPayment:
    chip = states.chip(row.state, row.amount_minor, row.returned_minor)
    payee = row.to_name or f"Account at {row.to_bank}"
    lines = [
        ReceiptLine("From", row.from_name, grouped(row.from_account)),
        ReceiptLine("To", payee, grouped(row.to_account)),
    ]
    return OwnPayment(
        f"Payment to {payee}",
        row.transaction_id,
        chip,
        _says(row, now_us),
        _receipt(row.amount_minor, row.currency, lines, row.reference, row.created_us, row.transaction_id),
    )


def received_payment(row: DecisionRow) -> OwnPayment:
    payer, currency = row.from_name or f"Account at {row.from_bank}", row.currency or ""
    lines = [
        ReceiptLine("From", payer, grouped(row.from_account)),
        ReceiptLine("To", row.owner or "", grouped(row.to_account)),
    ]
    chip = states.decision_chip(row.decision, row.amount_minor or 0, row.returned_minor)
    receipt = _receipt(row.amount_minor or 0, currency, lines, row.reference, row.decided_us, row.transaction_id)
    return OwnPayment(f"Payment from {payer}", row.transaction_id, chip, f"Sent by {row.from_bank}.", receipt)


def unsent_payment(row: ApprovalRow) -> tuple[str, str]:
    """Title and words of one that waits for the bank, or did not leave."""
    if row.state == WAITING:
        words = (
            "Your bank looks at it before it leaves; the money is reserved meanwhile. It stands here once it is sent."
        )
        return "Your payment waits for approval", words
    free = "Nothing was taken from your account, and the money is no longer reserved."
    if row.state != REJECTED:  # expired: nobody takes back a customer's own
        return "Your payment was not sent", f"Your bank did not look at it in time. {free} You can order it again."
    why = f" It says: “{row.reason}”" if row.reason else ""
    return "Your payment was not sent", f"Your bank did not approve it.{why} {free}"


def card_view(row: CardRow, state: str) -> OwnCard:
    """`state` is that of today."""
    return OwnCard(row.masked, group(row.number), row.expires, _CARD_CHIPS[state])


def _says(row: TransferRow, now_us: int) -> str:
    if row.state == states.REJECTED:
        return f"{_why(row)} The money is back on your account."
    if row.state == states.COMPLETED:
        return f"{row.to_bank} has it, since {moment(row.concluded_us or row.created_us, now_us)}."
    return f"Your money has left; {row.to_bank} has not answered yet. Nothing needs to be done."


def _why(row: TransferRow) -> str:
    return _words_of(row.reason_code) if row.state == states.REJECTED else ""


def _words_of(code: str | None) -> str:
    return REASONS.get(code or "MS03", REASONS["MS03"]).customer


def _receipt(
    amount_minor: int, currency: str, lines: list[ReceiptLine], reference: str | None, at_us: int, serial: str
) -> ReceiptView:
    lines = [*lines, *([ReceiptLine("Reference", reference)] if reference else [])]
    lines.append(ReceiptLine("Booked", f"{date(at_us)}, {clock(at_us)}"))
    words = amount_in_words(amount_minor, currency)
    return ReceiptView(format_amount(amount_minor, currency), currency, words, tuple(lines), serial)
