"""Which rows of the protocol's tables (design 20) histories have reached, seen from what the banks have written.

One name per row, or per way a row can be met. Nothing here decides anything: a row counts when its traces are in the
books, and a row that no plan reaches is a hole in the plans.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from bank_node.transfers.states import OPEN, PAYMENT, REJECTED, RETURN
from federation.simulation.mirror import Mirror, Row
from federation.simulation.tables import ALL

_REDRIVEN = {
    "transfer.requested": "payment",
    "transfer.returned": "return",
    "transfer.inquiry": "inquiry",
    "recall.requested": "recall",
}
_UNREADABLE = (
    ("from_bank is not another bank", "held.unknown_bank"),
    ("content_hash does not fit", "held.content_hash"),
    ("schema ", "held.schema"),
    ("not believed", "held.not_believed"),
    ("no readable transaction_id", "held.no_id"),
    ("the key names this bank", "held.wrong_key"),
    ("an answer to a transfer this bank never sent", ""),  # its incident is the row
)


LAW, TITLE = "T1", "Whatever changes is a row of the protocol's tables"
Broken = Callable[[str, str], None]  # law, sentence


class Branches:
    def __init__(self, counts: Counter[str], broken: Broken) -> None:
        self.counts, self._broken = counts, broken

    def seen(self, mirror: Mirror, rows: Sequence[Row]) -> None:
        """What one unit of work wrote; the mirror has what was there before."""
        states: dict[str, str] = {}  # of senders' rows, as they change within the unit
        fresh: set[tuple[str, str]] = set()  # decided within it
        for kind, row in rows:
            if kind == "sent":
                self._sent(mirror, row, states.get(row[0]))
                states[row[0]] = row[6]
            elif kind == "decided":
                self._decided(mirror, row, fresh)
            elif kind == "repeated":
                self._reached(f"repeat.{row[0]}")
            elif kind == "message":
                self._message(row)
            elif kind == "incident":
                self._incident(mirror, row, states)
            elif kind == "event":
                self._event(row)
            elif kind == "asked_back":
                self._reached(f"recall.{row[0]}")
            elif kind == "recall":
                self._reached(f"recalled.{row[0]}")
            elif kind == "entry" and row[1] == "unclaimed_paid_out":
                self._reached("unclaimed.paid_out")
            elif kind == "held":
                self._held(row[1])

    def _reached(self, name: str) -> None:
        if name in ALL:
            self.counts[name] += 1
        else:
            self._broken(LAW, f"{name}: the tables have no such row")

    def _sent(self, mirror: Mirror, row: tuple[object, ...], state: str | None) -> None:
        id_, kind, now, answer, account_id = str(row[0]), row[1], str(row[6]), row[12], row[13]
        earlier = mirror.sent.get(id_)
        before = state or (earlier.state if earlier else None)
        if before is None:
            self._reached(f"create.{kind}")
        elif before == now:
            if now not in OPEN and earlier is not None and earlier.returned_minor == row[8]:
                self._reached(f"same.{now}")
        elif now == "SENT":
            self._reached("mark.SENT")
        elif now == "COMPLETED":
            self._reached(f"concluded_by_return.{before}" if answer == "{}" else f"completed.{before}")
        elif now == REJECTED:
            self._reached(f"rejected.{before}")
            self._reached(f"refund.{mirror.accounts[account_id].state}")  # type: ignore[index]
            if kind == RETURN:
                self._reached("refund.return")

    def _decided(self, mirror: Mirror, row: tuple[object, ...], fresh: set[tuple[str, str]]) -> None:
        key = (str(row[0]), str(row[1]))
        kind, decision, original, code = row[2], row[3], row[5], row[9]
        if key in mirror.decided or key in fresh:
            return  # reserved for a return
        fresh.add(key)
        if kind == PAYMENT:
            self._reached(f"payment.{decision}" + (f".{code}" if code else ""))
        elif kind == RETURN:
            self._returned(mirror, row, str(original), code)
        else:
            self._reached("tombstone.return" if original else "tombstone.payment")

    def _returned(self, mirror: Mirror, row: tuple[object, ...], original: str, code: object) -> None:
        sent = mirror.sent.get(original)
        state = "none" if sent is None else "OPEN" if sent.state in OPEN else sent.state
        if code is None:
            self._reached(f"return.ACCEPTED.{state}")
        elif code != "MS03":
            self._reached(f"return.{code}" + (f".{state}" if code == "AM02" else ""))
        elif sent is None:
            self._reached("return.MS03.unknown")
        elif sent.kind == RETURN:
            self._reached("return.MS03.itself_a_return")
        elif sent.state == REJECTED:
            self._reached("return.MS03.rejected")
        else:
            self._reached("return.MS03.other_bank" if sent.to_bank != row[0] else "return.MS03.other_hash")

    def _message(self, row: tuple[object, ...]) -> None:
        type_, attempt = str(row[0]), row[1]
        if type_ == "transfer.unknown":
            self._reached("say_unknown")
        elif type_ in _REDRIVEN and attempt != 1:
            self._reached(f"redrive.{_REDRIVEN[type_]}")

    def _incident(self, mirror: Mirror, row: tuple[object, ...], states: dict[str, str]) -> None:
        kind, peer, id_ = row[0], str(row[1]), str(row[2])
        if kind == "id_reused":
            decision = mirror.decided.get((peer, id_))
            self._reached(f"reused.{decision.decision if decision else 'ACCEPTED'}")
        elif kind == "contradiction":
            self._reached(f"other.{states.get(id_) or mirror.sent[id_].state}")
        elif kind == "wrong_answer":
            self._reached("answer.other_hash" if mirror.sent[id_].to_bank == peer else "answer.other_bank")
        elif kind == "answer_to_nothing":
            self._reached("answer.to_nothing")

    def _event(self, row: tuple[object, ...]) -> None:
        kind, facts = row[0], str(row[2])
        if kind == "asked_to_cancel":
            self._reached("cancel.expired" if "expired" in facts else "cancel.by_hand")
        elif kind == "asked":
            self._reached("ask.by_hand")
        elif kind == "unknown_there":
            self._reached("hear_unknown")

    def _held(self, text: object) -> None:
        for beginning, name in _UNREADABLE:
            if str(text).startswith(beginning):
                if name:
                    self._reached(name)
                return
        self._reached("held.unreadable")
