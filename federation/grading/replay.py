"""The last word: every definite operation once more, through the small model; the first disagreement is told.

The statements give the order: each account's lines are in the order its bank committed them, and nothing arrives before
it left. Whatever order fits both is a history that one bank clerk could have worked off alone. Lines that no definite
operation explains are cash, or of orders that were never answered: they are taken as they stand.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from federation.grading.calls import FAIL, FINAL, PENDING, REJECTED, TRANSFER, Call, Line
from federation.grading.evidence import Evidence
from federation.grading.history import Sent
from federation.grading.model import Disagreement, Model
from federation.grading.telling import money
from federation.grading.telling import transfer as told

NOT_ABOUT_MONEY = (400, 401, 403, 408, 409, 425, 429)  # refusals that say nothing of balances


@dataclass(frozen=True, slots=True)
class Disagreed:
    """`after`: how many steps agreed before."""

    sentence: str
    after: int
    transaction_id: str = ""


@dataclass(frozen=True, slots=True)
class _Booking:
    account: str
    place: int  # in its statement
    line: Line
    sent: Sent | None
    leaves: bool  # the debit of a transfer


def replay(evidence: Evidence) -> Disagreed | None:
    """The first step on which the node and the model disagree; None: they never do."""
    model = Model(evidence.town)
    bookings = list(_bookings(evidence))
    done = 0
    for booking in _in_order(bookings):
        try:
            _play(model, booking)
        except Disagreement as disagreement:
            sentence = f"Step {done + 1}, line {booking.place + 1} of {evidence.town.label(booking.account)}"
            return Disagreed(f"{sentence}: {disagreement}.", done, booking.line.transaction_id)
        done += 1
    if done < len(bookings):
        return Disagreed("No order of the statements' lines fits them all: they go round in a circle.", done)
    return next(_at_the_end(evidence, model, done), None)


def _bookings(evidence: Evidence) -> Iterator[_Booking]:
    for account, lines in evidence.history.final.statements.items():
        left: set[str] = set()
        for place, line in enumerate(lines):
            sent = evidence.history.accepted.get(line.transaction_id)
            leaves = sent is not None and sent.from_account == account and line.transaction_id not in left
            if leaves:
                left.add(line.transaction_id)
            yield _Booking(account, place, line, sent, leaves)


def _in_order(bookings: list[_Booking]) -> Iterator[_Booking]:
    """An order that fits every statement and every transfer; among those that fit, the earlier accepted first."""
    after: dict[int, list[int]] = defaultdict(list)
    waits = [0] * len(bookings)
    leaving = {b.line.transaction_id: at for at, b in enumerate(bookings) if b.leaves}
    for at, booking in enumerate(bookings):
        before = [at - 1] if booking.place else []
        if booking.sent is not None and not booking.leaves and booking.line.transaction_id in leaving:
            before.append(leaving[booking.line.transaction_id])
        for one in before:
            after[one].append(at)
            waits[at] += 1
    ready = [(_due_us(booking), at) for at, booking in enumerate(bookings) if not waits[at]]
    heapq.heapify(ready)
    while ready:
        _, at = heapq.heappop(ready)
        yield bookings[at]
        for then in after[at]:
            waits[then] -= 1
            if not waits[then]:
                heapq.heappush(ready, (_due_us(bookings[then]), then))


def _due_us(booking: _Booking) -> int:
    return booking.sent.accepted_us if booking.sent else 0


def _play(model: Model, booking: _Booking) -> None:
    line, sent = booking.line, booking.sent
    if sent is None:
        model.cash(booking.account, line.amount_minor)
    elif booking.leaves or (line.amount_minor < 0 and booking.account == sent.from_account):
        model.debit(sent, -line.amount_minor)
    elif booking.account == sent.from_account:
        model.refund(sent, line.amount_minor)
    elif booking.account == sent.to_account:
        model.credit(sent, line.amount_minor)
    else:
        raise Disagreement(f"{told(model.town, sent)} is none of this account's business")
    stands = model.balances[booking.account]
    if line.balance_minor is not None and line.balance_minor != stands:
        raise Disagreement(f"the balance there is {money(line.balance_minor)}, and must be {money(stands)}")


def _at_the_end(evidence: Evidence, model: Model, done: int) -> Iterator[Disagreed]:
    final = evidence.history.final
    for account, balance in final.balances.items():
        if account in final.statements and balance != model.balances[account]:
            label, stands = evidence.town.label(account), model.balances[account]
            yield Disagreed(f"At the end {label} holds {money(balance)}, and must hold {money(stands)}.", done)
    for id_, sent in evidence.history.accepted.items():
        said, state = final.transfers.get(id_), model.states.get(id_)
        if said in FINAL and state in FINAL and said != state:
            yield Disagreed(f"{_capital(evidence, sent)} is called {said}, and was {state}.", done, id_)
        elif said in FINAL and state == PENDING and _would_show(evidence, sent, said):
            came = "came back" if said == REJECTED else "arrived"
            yield Disagreed(f"{_capital(evidence, sent)} is called {said}, and its money never {came}.", done, id_)
        elif said == REJECTED and model.must_arrive(sent):
            yield Disagreed(f"{_capital(evidence, sent)} was rejected, though the account is open.", done, id_)
    yield from _refused_for_nothing(evidence, done)


def _refused_for_nothing(evidence: Evidence, done: int) -> Iterator[Disagreed]:
    """Orders that had to be accepted even if everything else that was ever asked of the account had been paid before. A
    key that was sent more than once may be refused for another reason."""
    asked: Counter[str] = Counter()
    for call in evidence.history.calls:
        if call.key:
            asked[call.account] += max(0, call.amount_minor)
    for call in evidence.history.of.get(TRANSFER, ()):
        payer = evidence.town.find(call.account)
        refused = call.outcome == FAIL and call.http_status not in NOT_ABOUT_MONEY and _is_sound(evidence, call)
        if not refused or payer is None or not payer.is_open or len(evidence.history.by_key[call.bank, call.key]) > 1:
            continue
        if payer.opening_minor - payer.floor_minor >= asked[call.account]:
            words = f"refused {money(call.amount_minor)} from {evidence.town.label(call.account)}"
            yield Disagreed(f"{call.bank} {words} with {call.http_status}, though there was money at any time.", done)


def _is_sound(evidence: Evidence, call: Call) -> bool:
    """It asks for something possible: an amount, to a bank there is; inside a bank an account that takes it."""
    to_bank = call.request.get("to_bank")
    payee = evidence.town.find(str(call.request.get("to_account")))
    reachable = any(bank.id == to_bank for bank in evidence.town.banks)
    return call.amount_minor > 0 and reachable and (to_bank != call.bank or (payee is not None and payee.is_open))


def _would_show(evidence: Evidence, sent: Sent, said: str) -> bool:
    """The account where the money must be was read, or does not exist."""
    account = sent.from_account if said == REJECTED else sent.to_account
    return account in evidence.history.final.statements or evidence.town.find(account) is None


def _capital(evidence: Evidence, sent: Sent) -> str:
    words = told(evidence.town, sent)
    return words[0].upper() + words[1:]
