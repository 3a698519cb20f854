"""What some scenarios ask beside their slice of the plan, as steps for their `extra`: debits at once, dimes, one key
many
times, a storm. From their own dice; ids begin with another letter for each kind.
"""

from __future__ import annotations

from dataclasses import replace

from federation.grading.plan import CROSS, DIME, LOCAL, REPEAT, Step
from federation.grading.town import PLAIN, RICH, Town
from federation.grading.workload import DIME_MINOR, DIMES, Drawing
from federation.world import Dice

CROOKED_MINOR = (29, 57, 1_13)  # 0.29 times 100 is 28.999…
STORM_MINOR_MAX = 2  # of ten thousand orders each account pays some hundred
HOT_EVERY = 2  # orders: from or to the hot account


def crowd(town: Town, dice: Dice, event: int = 0, place: int = 0) -> tuple[Step, ...]:
    """Forty debits at once of the contended account of the bank at this place. Once per federation and bank: afterwards
    there is nothing left to contend for."""
    drawing = Drawing(dice, town, letter="c")
    drawing.crowd(event, place)
    return tuple(drawing.steps)


def dimes(town: Town, dice: Dice, event: int = 0, apart: int = 1) -> tuple[Step, ...]:
    """A dime, three times, one road: 0.10 + 0.10 + 0.10 is 0.30. Behind them what is less as a float than in cents."""
    drawing = Drawing(dice, town, letter="d")
    home, other = town.banks[:2]
    for number, amount in enumerate((*[DIME_MINOR] * DIMES, *CROOKED_MINOR)):
        payee = other.account(PLAIN, 3)
        at = event + number * apart
        drawing.transfer(at, DIME, home.account(PLAIN, 3), other.id, payee.number, amount)
    return tuple(drawing.steps)


def at_once(first: Step, times: int) -> tuple[Step, ...]:
    """This order so many times under its key, each on a connection of its own."""
    again = (replace(first, id=f"{first.id}x{n}", kind=REPEAT, repeats=first.id) for n in range(2, times + 1))
    return (first, *again)


def storm(town: Town, dice: Dice, orders: int, per_event: int) -> tuple[Step, ...]:
    """So many orders, most to other banks, every second one from or to the rich account of the first bank."""
    drawing = Drawing(dice, town, letter="g")
    hot = town.banks[0].account(RICH)
    for number in range(orders):
        home, other = dice.some_of(town.banks, 2)
        payer, payee = drawing.plain(home), drawing.plain(other)
        if number % HOT_EVERY == 0:
            if home.id == hot.bank:
                payer = hot
            elif other.id == hot.bank:
                payee = hot
        kind = CROSS
        if number % 10 == 9:
            payee, kind = home.account(RICH), LOCAL
        if payee.number == payer.number:
            payee = drawing.plain(home)
        amount = 1 + dice.below(STORM_MINOR_MAX)
        drawing.transfer(number // per_event, kind, payer, payee.bank, payee.number, amount)
    return tuple(drawing.steps)
