"""Drawers: a teller claims one with a float from the vault, works from it, and has it counted at the end.

One teller, one drawer. What was counted goes back to the vault; what is over or short is booked as such, with a reason
and a supervisor's name. Where the teller himself cannot any more, a supervisor counts and closes it in his stead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bank_node.clock import Ids
from bank_node.ledger.chart import VARIANCE, VAULT, drawer
from bank_node.ledger.denominations import Count, total_of
from bank_node.ledger.entry import move
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import check_amount, exponent_of, format_amount
from bank_node.operations.business_day import begin_day
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.wording import check_text
from bank_node.store.books import Books
from bank_node.store.drawers import HeldDrawer

NUMBER_MAX = 999


@dataclass(frozen=True, slots=True)
class DrawerClaim:
    """`floats` is currency to minor units, out of the vault."""

    number: int
    floats: Mapping[str, int] = field(default_factory=dict)
    actor: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class DrawerCount:
    """What was counted, per currency. `supervisor` is who signed for a variance; his word was asked for at the door.

    `any_drawer` is for supervisors, whose name then stands with the count: others close only their own.
    """

    drawer_id: int
    counted: Mapping[str, Count] = field(default_factory=dict)
    reason: str | None = None
    supervisor: str | None = None
    actor: str = ""
    any_drawer: bool = False
    claim: Claim | None = None


def claim_drawer(books: Books, now_us: int, _ids: Ids, order: DrawerClaim) -> Receipt:
    """The receipt's id is that of this time with the drawer."""

    def act() -> Receipt:
        _check_free(books, order)
        floats = {currency: minor for currency, minor in sorted(order.floats.items()) if minor}
        for currency, minor in floats.items():
            _check_float(books, now_us, currency, minor)
        date = begin_day(books, now_us, order.actor)
        drawer_id = books.drawers.claim(now_us, order.number, order.actor, date, floats)
        noted = {"number": order.number, "date": date, "floats": floats}
        books.audit.note("drawer_claimed", f"drawer/{drawer_id}", order.actor, noted)
        for currency, minor in floats.items():
            own, vault = _own(books, now_us, order.number, currency), books.ledger.own(VAULT, currency, now_us)
            entry = move("drawer_float", currency, own, vault, minor, actor=order.actor)
            books.ledger.book(entry, now_us, {}, {"drawer": drawer_id})
        books.unit.ring("drawers")
        return Receipt("drawer", str(drawer_id), "completed", now_us, state="open")

    return once(books, now_us, order.claim, act)


def close_drawer(books: Books, now_us: int, _ids: Ids, given: DrawerCount) -> Receipt:
    """Counted, balanced, emptied into the vault. The receipt's id is that of this time with the drawer."""

    def act() -> Receipt:
        held = _check_closable(books, now_us, given)
        in_his_stead = held.teller != given.actor
        order = replace(given, supervisor=given.supervisor or given.actor) if in_his_stead else given
        expected, counted = _expected(books, now_us, held), _counted(order)
        variance = {c: counted.get(c, 0) - expected.get(c, 0) for c in sorted({*expected, *counted})}
        variance = {currency: minor for currency, minor in variance.items() if minor}
        if variance:
            _check_signed(order, held, variance)
        signed = {
            "reason": order.reason if variance else None,
            "supervisor": order.supervisor if variance or in_his_stead else None,
        }
        pieces = {currency: dict(count) for currency, count in order.counted.items()}
        books.drawers.close(now_us, held.id, expected=expected, counted=pieces, variance=variance, **signed)
        noted: dict[str, object] = {"number": held.number, "expected": expected, "counted": counted}
        if in_his_stead:
            noted |= {"teller": held.teller, **signed}
        if variance:
            noted |= {"variance": variance, **signed}
        books.audit.note("drawer_closed", f"drawer/{held.id}", order.actor, noted)
        for currency in sorted({*expected, *counted}):
            _empty(books, now_us, order, held, currency, variance.get(currency, 0), counted.get(currency, 0))
        books.unit.ring("drawers")
        return Receipt("drawer", str(held.id), "completed", now_us, state="closed")

    return once(books, now_us, given.claim, act)


def cash_place(books: Books, now_us: int, currency: str, actor: str, *, needs_drawer: bool) -> int:
    """The account where this actor's cash is: his drawer's, or the vault's where he may do without. Raises Refusal."""
    held = books.drawers.held_by(actor)
    if held is not None:
        books.unit.ring("drawers")
        return _own(books, now_us, held.number, currency)
    if needs_drawer:
        raise Refusal("no_drawer", "claim a drawer first: cash at the counter goes through one", "drawer")
    return books.ledger.own(VAULT, currency, now_us)


def check_has_cash(books: Books, account_id: int, amount_minor: int, currency: str) -> None:
    """Raises Refusal where a drawer has less cash than is to be paid out. The vault is not asked."""
    code, balance = books.ledger.own_standing(account_id)
    if code != VAULT and -balance < amount_minor:
        has, asked = format_amount(-balance, currency), format_amount(amount_minor, currency)
        words = f"{code.replace(':', ' ')} has {has} {currency}; {asked} are to be paid out"
        raise Refusal("drawer_short", words, "amount_minor")


def _own(books: Books, now_us: int, number: int, currency: str) -> int:
    return books.ledger.own(drawer(number), currency, now_us)


def _check_free(books: Books, order: DrawerClaim) -> None:
    if not 1 <= order.number <= NUMBER_MAX:
        raise Refusal("FF01", f"drawers have numbers from 1 to {NUMBER_MAX}", "number")
    mine = books.drawers.held_by(order.actor)
    if mine is not None:
        raise Refusal("drawer_taken", f"you hold drawer {mine.number}; close it before you claim another", "number")
    other = books.drawers.at(order.number)
    if other is not None:
        raise Refusal("drawer_taken", f"{other.teller} holds drawer {order.number}", "number")


def _check_float(books: Books, now_us: int, currency: str, minor: int) -> None:
    exponent_of(currency)
    check_amount(minor, "floats")
    _, balance = books.ledger.own_standing(books.ledger.own(VAULT, currency, now_us))
    if -balance < minor:
        has = format_amount(max(0, -balance), currency)
        words = f"the vault has {has} {currency}; {format_amount(minor, currency)} were asked for"
        raise Refusal("drawer_short", words, "floats")


def _check_closable(books: Books, now_us: int, order: DrawerCount) -> HeldDrawer:
    check_text(order.reason, "reason")
    found = books.drawers.get(order.drawer_id)
    if found is None:
        raise Refusal("not_found", "nobody had a drawer under this number", "drawer_id")
    held, is_closed = found
    if is_closed:
        raise Refusal("final", f"drawer {held.number} of {held.teller} was closed and stays so", "drawer_id")
    if held.teller != order.actor and not order.any_drawer:
        words = f"{held.teller} holds drawer {held.number}; he or a supervisor closes it"
        raise Refusal("forbidden", words, "drawer_id")
    waiting = books.approvals.waiting(now_us, held.teller)
    if waiting:
        whose = "your" if held.teller == order.actor else f"{held.teller}'s"
        words = f"{waiting} of {whose} requests still wait{'s' if waiting == 1 else ''} for approval"
        raise Refusal("items_pending", f"{words}: have them decided, or withdraw them", "drawer_id")
    return held


def _expected(books: Books, now_us: int, held: HeldDrawer) -> dict[str, int]:
    """What should lie in it: currency to minor units."""
    balances = {}
    for currency in books.drawers.currencies(held.number):
        balances[currency] = -books.ledger.own_standing(_own(books, now_us, held.number, currency))[1]
    return {currency: minor for currency, minor in balances.items() if minor}


def _counted(order: DrawerCount) -> dict[str, int]:
    totals = {}
    for currency, count in sorted(order.counted.items()):
        exponent_of(currency)
        totals[currency] = total_of(count, currency, "counted")
    return {currency: minor for currency, minor in totals.items() if minor}


def _check_signed(order: DrawerCount, held: HeldDrawer, variance: Mapping[str, int]) -> None:
    said = "; ".join(
        f"{format_amount(abs(minor), currency)} {currency} {'over' if minor > 0 else 'short'}"
        for currency, minor in variance.items()
    )
    if not (order.reason or "").strip():
        raise Refusal("variance", f"the count is {said}: say why, and let a supervisor sign", "reason")
    if not order.supervisor:
        raise Refusal("variance", f"the count is {said}: a supervisor must sign", "supervisor")
    if order.supervisor == held.teller:
        raise Refusal("own_request", "nobody signs for his own drawer", "supervisor")


def _empty(
    books: Books, now_us: int, order: DrawerCount, held: HeldDrawer, currency: str, over: int, counted: int
) -> None:
    """Books what is over or short, and carries what was counted to the vault: nothing is left on the drawer."""
    own, about = _own(books, now_us, held.number, currency), {"drawer": held.id}
    if over:
        odd = books.ledger.own(VARIANCE, currency, now_us)
        debit, credit = (own, odd) if over > 0 else (odd, own)
        entry = move("drawer_variance", currency, debit, credit, abs(over), text=order.reason, actor=order.actor)
        books.ledger.book(entry, now_us, {}, {**about, "supervisor": order.supervisor})
    if counted:
        vault = books.ledger.own(VAULT, currency, now_us)
        entry = move("drawer_emptied", currency, vault, own, counted, actor=order.actor)
        books.ledger.book(entry, now_us, {}, about)
