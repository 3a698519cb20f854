"""The stuck-work desk as its pages print it: piles, items, what was done, and the buttons for what can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from bank_node.store.desk_queries import DeskAct, DeskItem
from bank_node.transfers import explanations, states, stuck_work
from bank_node.transfers.states import Chip
from bank_node.transfers.stuck_work import ACTS, KINDS, Act, Kind, came_of_it, sentence
from teller_ui.views.text import moment, plural

# Acts that have a page of their own, which says what will happen and asks once more. (One page has both answers.)
_ASKS_FIRST: Final = {
    stuck_work.TAKE_BACK: ("Take back", "/payments/{id}/call-back"),
    stuck_work.AGREE: ("Answer", "/attention/recall/{id}/answer"),
    stuck_work.PAY_OUT: ("Pay out", "/attention/unclaimed/{id}/pay-out"),
}


_EXPLAINED: Final = {
    stuck_work.STUCK: explanations.QUEUE,
    stuck_work.SENT_BACK: explanations.RETURN,
    stuck_work.RETURNED: explanations.RETURN,
    stuck_work.QUARANTINE: explanations.SET_ASIDE,
}


@dataclass(frozen=True, slots=True)
class DeskButton:
    """`is_link` leads to a page that asks once more; else the form is posted there."""

    word: str
    path: str
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class DeskRow:
    id: str
    since: str
    words: str
    chips: tuple[Chip, ...]
    path: str
    path_word: str
    under: str
    facts: tuple[tuple[str, str], ...]
    excerpt: str
    done: tuple[str, ...]
    buttons: tuple[DeskButton, ...]
    key: str  # of its one form
    why: str  # where it is explained


@dataclass(frozen=True, slots=True)
class PileView:
    """One group of the desk. `upto` is what `mark all seen` covers: what this page has seen of it."""

    kind: str
    heading: str
    says: str
    empty: str
    count: str
    rows: tuple[DeskRow, ...]
    path: str
    upto: str = ""
    older_path: str = ""
    is_older: bool = False
    is_seen: bool = False
    has_more: bool = False

    @property
    def seen_path(self) -> str:
        return f"{self.path}?seen=yes"


@dataclass(frozen=True, slots=True)
class DeskView:
    piles: tuple[PileView, ...]
    calm: tuple[PileView, ...]  # where nothing waits


def pile_view(kind: Kind, count: int, rows: tuple[DeskRow, ...], items: list[DeskItem], **more: Any) -> PileView:
    upto = items[0].key if items and kind.can_be_seen else ""
    path = f"/attention/{kind.name}"
    return PileView(kind.name, kind.heading, kind.says, kind.empty, f"{count:,}", rows, path, upto, **more)


def desk_row(item: DeskItem, now_us: int, may: Callable[[str], bool], new_key: Callable[[], str]) -> DeskRow:
    """`may` says which actions the person in front of the page has."""
    path, path_word = _subject(item)
    return DeskRow(
        id=f"{item.kind}-{item.id}",
        since=moment(item.at_us, now_us),
        words=sentence(item.kind, item.facts),
        chips=_chips(item),
        path=path,
        path_word=path_word,
        under=_under(item),
        facts=_facts(item),
        excerpt=item.facts.get("excerpt", ""),
        done=tuple(_done(act, now_us) for act in item.acts if act.act != stuck_work.SEEN) + _decided(item, now_us),
        buttons=_buttons(item, may),
        key=new_key(),
        why=_why(item),
    )


def _subject(item: DeskItem) -> tuple[str, str]:
    """The page that shows what the item is about, and a word for the link."""
    if item.kind == stuck_work.RETURNED:
        return f"/payments/{quote(item.transaction_id or '')}", "Payment"
    if item.kind in (stuck_work.STUCK, stuck_work.CONFLICT, stuck_work.SENT_BACK):
        return f"/payments/{quote(item.id)}", "Payment"
    if item.kind == stuck_work.RECALL:
        return f"/payments/received/{quote(item.facts['from_bank'])}/{quote(item.transaction_id or '')}", "Payment"
    if item.kind == stuck_work.UNCLAIMED:
        return f"/entries/{item.facts['entry_id']}", "Entry"
    return "", ""


def _why(item: DeskItem) -> str:
    """Where it is explained, with the records behind it."""
    topic = _EXPLAINED.get(item.kind, "")
    id_ = item.id if item.kind == stuck_work.QUARANTINE else item.transaction_id or ""
    return f"/why/{topic}/{quote(id_)}" if topic and id_ else ""


def _chips(item: DeskItem) -> tuple[Chip, ...]:
    if "state" not in item.facts or item.kind == stuck_work.RECALL:
        return ()
    facts = item.facts
    chip = states.chip(facts["state"], facts.get("original_minor", facts["amount_minor"]), facts["returned_minor"])
    return (chip, states.CONFLICT) if facts["conflict"] else (chip,)


def _under(item: DeskItem) -> str:
    """What tells two items with the same sentence apart."""
    facts = item.facts
    if item.kind != stuck_work.QUARANTINE:
        return ""
    sender = f", in the name of {item.peer}" if item.peer else ""
    return f"{facts['topic']}, partition {facts['partition']}, offset {facts['offset']:,}{sender}"


def _facts(item: DeskItem) -> tuple[tuple[str, str], ...]:
    """What an expert wants to see: where it was read, its fingerprint, ids."""
    facts, told = item.facts, []
    if item.kind == stuck_work.QUARANTINE:
        told = [("Reason", facts["code"]), ("SHA-256", facts["sha256"]), ("Kept", plural(facts["bytes"], "byte"))]
    elif item.kind == stuck_work.PARKED:
        told = [("Topic", facts["topic"]), ("Size", plural(facts["bytes"], "byte"))]
    elif item.kind == stuck_work.INCIDENT:
        told = [("Kind", str(facts["incident"]).replace("_", " "))]
    elif item.kind == stuck_work.RECALL:
        told = [("Recall", facts["recall_id"])]
    elif item.kind == stuck_work.RETURNED:
        told = [("Return", facts["return_id"])]
    elif item.kind == stuck_work.SENT_BACK and facts["reason_text"]:
        told = [("It wrote", facts["reason_text"])]
    if item.peer:
        told.append(("Bank", item.peer))
    if item.transaction_id:
        told.append(("Payment", item.transaction_id))
    return tuple(told)


def _done(act: DeskAct, now_us: int) -> str:
    word = ACTS[act.act].done if act.act in ACTS else act.act
    said = came_of_it(act.said)
    came = f": {said}" if said else ""
    return f"{word[:1].upper()}{word[1:]} by {act.actor}, {moment(act.at_us, now_us)}{came}"


def _decided(item: DeskItem, now_us: int) -> tuple[str, ...]:
    if item.seen_us is None:
        return ()
    word = {stuck_work.RECALL: "Answered", stuck_work.UNCLAIMED: "Paid out"}.get(item.kind, "Marked seen")
    return (f"{word} by {item.seen_by}, {moment(item.seen_us, now_us)}",)


def _buttons(item: DeskItem, may: Callable[[str], bool]) -> tuple[DeskButton, ...]:
    if item.seen_us is not None:
        return ()
    found = [act for act in (ACTS[name] for name in KINDS[item.kind].acts) if may(act.action)]
    if item.facts.get("state") == states.CANCELLING:
        found = [act for act in found if act.name != stuck_work.TAKE_BACK]
    return tuple(_button(item, act) for act in found if act.name != stuck_work.REFUSE)


def _button(item: DeskItem, act: Act) -> DeskButton:
    id_ = quote(item.id, safe=":")
    if act.name in _ASKS_FIRST:
        word, path = _ASKS_FIRST[act.name]
        return DeskButton(word, path.format(id=id_), is_link=True)
    return DeskButton(act.word, f"/attention/{item.kind}/{id_}/{act.name}")
