"""The kinds of stuck work, what can be done about each, and the sentences for it: one list for pages, API and CLI.

Nothing here moves money: what is done goes through the protocol, in `operations.desk`. A Kind's name is in addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bank_node.ledger.account import group
from bank_node.ledger.money import format_amount
from bank_node.transfers.reasons import coded, quoted, spoken

CONFLICT, STUCK, RECALL, UNCLAIMED = "conflict", "stuck", "recall", "unclaimed"
PARKED, QUARANTINE, INCIDENT = "parked", "quarantine", "incident"
SENT_BACK, RETURNED = "sent_back", "returned"  # refused by the other bank; accepted there, and given back later

SEEN, ASK, TAKE_BACK, REDRIVE = "seen", "ask", "take-back", "redrive"
AGREE, REFUSE, PAY_OUT = "agree", "refuse", "pay-out"

CONTRADICTION, BROKER_FORGOT, NOT_BELIEVED = "contradiction", "broker_forgot", "not_believed"  # kinds of incident
# Incidents whose conflict, message or record is on the desk itself: nobody wants to see it twice
SHOWN_ELSEWHERE: Final = (CONTRADICTION, PARKED, NOT_BELIEVED, "answer_to_nothing")


@dataclass(frozen=True, slots=True)
class Act:
    """`word` is on the button, `done` in the list of what was done; `action` is the one of `people.roles`."""

    name: str
    word: str
    done: str
    action: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A group of the desk: its heading, what it is, what would be here, and what can be done about one of it."""

    name: str
    heading: str
    says: str
    empty: str
    acts: tuple[str, ...]

    @property
    def can_be_seen(self) -> bool:
        """A mark takes it off the list. The others stay until they are decided."""
        return SEEN in self.acts


ACTS: Final = {
    act.name: act
    for act in (
        Act(SEEN, "Mark seen", "marked seen", "desk.seen"),
        Act(ASK, "Ask again", "asked again", "transfers.ask"),
        Act(TAKE_BACK, "Take back", "taken back", "transfers.recall"),
        Act(REDRIVE, "Try again", "tried again", "desk.redrive"),
        Act(AGREE, "Agree", "agreed", "desk.answer_recall"),
        Act(REFUSE, "Refuse", "refused", "desk.answer_recall"),
        Act(PAY_OUT, "Pay out", "paid out", "desk.pay_out"),
    )
}

KINDS: Final = {
    kind.name: kind
    for kind in (  # the most urgent first
        Kind(
            CONFLICT,
            "Conflicts",
            "Two final answers that cannot both be true. State and money stayed as the first answer left them: compare "
            "the books with the other bank.",
            "No bank took back what it had said. Contradicting answers would stand here.",
            (SEEN,),
        ),
        Kind(
            STUCK,
            "Open too long",
            "No answer for longer than it should take. The money is kept aside and is never given back before the "
            "other bank has refused it.",
            "Every payment was answered in time. Payments open for too long would stand here.",
            (ASK, TAKE_BACK, REDRIVE, SEEN),
        ),
        Kind(
            RECALL,
            "Recalls to answer",
            "Another bank asks for a payment back. No money moves unless somebody here agrees.",
            "No bank asks for a payment back. Such questions would stand here.",
            (AGREE, REFUSE),
        ),
        Kind(
            UNCLAIMED,
            "Unclaimed money",
            "It came back after its account was closed, and waits for its owner.",
            "No money waits for its owner. What comes back for a closed account would stand here.",
            (PAY_OUT,),
        ),
        Kind(
            PARKED,
            "Messages that cannot be sent",
            "The broker will never take them. What they speak of stays as it is.",
            "Every message could be sent. What the broker can never take would stand here.",
            (SEEN,),
        ),
        Kind(
            QUARANTINE,
            "Unreadable messages",
            "Set aside unread or unbelieved, with their bytes; the next record flowed on. Tried again, a record is "
            "judged as if it had just been read.",
            "Every record on the topic could be read and believed.",
            (REDRIVE, SEEN),
        ),
        Kind(
            INCIDENT,
            "Incidents",
            "What must not happen and moved no money.",
            "Nothing looked wrong between this bank and the others.",
            (SEEN,),
        ),
        Kind(
            SENT_BACK,
            "Sent back",
            "Refused by the other bank since yesterday; the money is on the account again, or unclaimed where that is "
            "closed.",
            "No payment came back since yesterday. Refused payments would stand here with the reason.",
            (SEEN,),
        ),
        Kind(
            RETURNED,
            "Returned",
            "Credited by the other bank and given back since yesterday; the money is on the account again, or unclaimed"
            " where that is closed.",
            "No bank returned money since yesterday. Returns would stand here with the reason.",
            (SEEN,),
        ),
    )
}

# What came of trying a record again, by the word that is kept.
_CAME_OF_IT: Final = {
    "credited": "it was believed, and the payment was decided: credited",
    "refused": "it was believed, and the payment was decided: refused",
    "buried": "it was believed: the payment is refused for ever, unseen",
    "unknown": "it was believed, and changed nothing",
    "repeat": "it was decided before; the stored answer goes out again",
    "same": "it is known already, and changed nothing",
    "completed": "it was believed: the payment is completed",
    "refunded": "it was believed: the payment is refused, and its money is back",
    "conflict": "it was believed, and contradicts what is known; no money moved",
    "skipped": "it is not for this bank",
}


def came_of_it(said: str | None) -> str:
    """What is kept of an act's outcome, in words; an empty text where nothing is."""
    if not said:
        return ""
    word, _, more = said.partition(": ")
    return f"still set aside: {more}" if word == "quarantined" else _CAME_OF_IT.get(said, said)


def sentence(kind: str, facts: dict[str, Any]) -> str:
    """What is known of an item, in one sentence for a teller. `facts` as `store.desk_queries` gives them."""
    return _SENTENCES[kind](facts)


def _money(facts: dict[str, Any]) -> str:
    if facts.get("amount_minor") is None or not facts.get("currency"):
        return "a payment"
    return f"{format_amount(facts['amount_minor'], facts['currency'])} {facts['currency']}"


def _number(text: str) -> str:
    """Our own numbers in groups of four, a foreign bank's as it came."""
    return group(text) if text.startswith("XF") and len(text) == 18 else text


def _conflict(facts: dict[str, Any]) -> str:
    return f"{facts['to_bank']} gave two answers to {_money(facts)} from {facts['from_name']}; the first one stands."


def _stuck(facts: dict[str, Any]) -> str:
    said = f", sent {facts['attempt']} times" if facts.get("attempt", 1) > 1 else ""
    return f"No word from {facts['to_bank']} on {_money(facts)} from {facts['from_name']}{said}."


def _recall(facts: dict[str, Any]) -> str:
    to = f" that {facts['owner']} was given" if facts.get("owner") else ""
    why = quoted(facts.get("reason"), nothing="It gives no reason.")
    return f"{facts['from_bank']} asks back {_money(facts)}{to}. {why}"


def _unclaimed(facts: dict[str, Any]) -> str:
    return f"{_money(facts)} came back for {facts['owner']}, whose account {_number(facts['account'])} is closed."


def _parked(facts: dict[str, Any]) -> str:
    return f"{facts['type']} to {facts['key'] or 'everybody'}: {facts['why']}."


def _plain(facts: dict[str, Any]) -> str:
    return spoken(str(facts["text"]))


def _sent_back(facts: dict[str, Any]) -> str:
    to = facts["to_name"] or _number(facts["to_account"])
    return f"{_money(facts)} from {facts['from_name']} to {to}: {coded(facts['reason_code'])}"


def _returned(facts: dict[str, Any]) -> str:
    to = facts["to_name"] or _number(facts["to_account"])
    why = coded(facts["reason_code"], facts["reason_text"])
    return f"{_money(facts)} of a payment from {facts['from_name']} to {to} came back: {why}"


_SENTENCES: Final = {
    CONFLICT: _conflict,
    STUCK: _stuck,
    RECALL: _recall,
    UNCLAIMED: _unclaimed,
    PARKED: _parked,
    QUARANTINE: _plain,
    INCIDENT: _plain,
    SENT_BACK: _sent_back,
    RETURNED: _returned,
}
