"""Drawing a plan from a seed: of a hundred orders 60 go to another bank, 15 stay inside, 10 go nowhere (unknown or
closed accounts), 5 ask for more than there is, 10 say an earlier key again, half of them at the same moment.

Every fourth that goes to another bank is a fingerprint: 4^k minor units, each k once per account. The first three are a
dime to one payee, which floats get wrong. In the middle one account is asked for 40 debits at once.

A course draws it in slices, one for each scenario, all on one federation. `drawing` has what only some of them need.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bank_node.ledger.account import make_number
from federation.grading.calls import DEPOSIT, READ_ACCOUNT, READ_STATEMENT, READ_TRANSFER, TRANSFER, WITHDRAW
from federation.grading.plan import (
    CASH,
    CROSS,
    CROWD,
    DIME,
    LOCAL,
    LOOK,
    NOWHERE,
    OF,
    OVER,
    PRINT,
    REPEAT,
    SWEEP,
    Plan,
    Step,
)
from federation.grading.sheet import SCENARIOS
from federation.grading.town import (
    CLOSED,
    CONTENDED,
    CURRENCY,
    FINGERPRINT,
    PLAIN,
    PLAIN_MINOR_MIN,
    PURPOSES,
    RICH,
    Account,
    Bank,
    Town,
    make_town,
)
from federation.world import Dice

SHARES = {LOCAL: 15, NOWHERE: 10, OVER: 5, REPEAT: 10}  # of a hundred; the rest goes to other banks
TELLERS = 12
CROWD_SIZE = 40
PRINTS_MAX = 24  # of one account: 4^23 is the largest
PRINT_EVERY = 4
DIME_MINOR, DIMES = 10, 3
OVER_MINOR = 10**9  # more than a plain account can ever come to
NOBODYS_SERIAL = 9_000_000
LOOK_EVERY = 5  # events: every reader looks at an account and a transfer
OWN_LOOK_EVERY = 4  # orders: the teller looks for what he has just done
SWEEPS = 3
SLICES = len(SCENARIOS)
PRINTS = {scenario.id: place for place, scenario in enumerate(SCENARIOS)}  # where its fingerprint stands


def plan_of(seed: int | str, banks: int = 3, orders: int = 200, *, cash: bool = False) -> Plan:
    """The same plan for the same seed, on every machine. With `cash` a third of the local work is paying in and out:
    for nodes that offer it."""
    town = make_town(seed, banks)
    drawing = Drawing(Dice(f"bankfed grade plan/{seed}"), town, orders, cash)
    drawing.orders()
    drawing.crowd(orders // 2)
    drawing.looks()
    drawing.sweeps()
    steps = sorted(drawing.steps, key=lambda step: step.event)  # what is at once stays in the order it was drawn
    return Plan(seed, town, tuple(steps))


def slice_of(
    town: Town, seed: int | str, scenario: str, orders: int, *, take: int = 1, cash: bool = False
) -> tuple[Step, ...]:
    """What is asked while this scenario is played, the same alone and in a course: so little of each account that a
    whole course empties none. Each scenario has one fingerprint, at its own place; of several takes on one federation
    only the first has it. Ids are for `plan.marked`."""
    drawing = _Slice(Dice(f"bankfed grade plan/{seed}/{scenario}/{take}"), town, orders, cash)
    drawing.scenario = scenario if take == 1 else ""
    drawing.orders()
    drawing.looks()
    drawing.sweeps(1)
    return tuple(sorted(drawing.steps, key=lambda step: step.event))


class Drawing:
    """`letter`: what the ids of its steps begin with."""

    def __init__(self, dice: Dice, town: Town, orders: int = 0, cash: bool = False, letter: str = "s") -> None:
        self.dice, self.town, self.count, self.cash, self.letter = dice, town, orders, cash, letter
        self.steps: list[Step] = []
        self.ordered: list[Step] = []  # those with a key of their own
        self.crosses = self.locals = self.nowheres = self.repeats = 0
        self.prints: dict[str, int] = {}  # how many each fingerprint account gets
        plain = PURPOSES.count(PLAIN) * len(town.banks)
        # so that an account pays about half of what it has, however many orders there are
        self.amount_max = max(DIME_MINOR, min(200_00, PLAIN_MINOR_MIN * plain * 100 // (75 * max(1, orders))))

    def orders(self) -> None:
        kinds = [kind for kind, share in SHARES.items() for _ in range(self.count * share // 100)]
        kinds += [CROSS] * (self.count - len(kinds))
        shuffled = self.dice.some_of(kinds, len(kinds))
        first = next((at for at, kind in enumerate(shuffled) if kind != REPEAT), 0)
        shuffled[0], shuffled[first] = shuffled[first], shuffled[0]  # there is nothing to repeat yet
        for event, kind in enumerate(shuffled):
            draw = {LOCAL: self._local, NOWHERE: self._nowhere, OVER: self._over, REPEAT: self._repeat}
            draw.get(kind, self._cross)(event)

    def crowd(self, event: int, place: int = 0) -> None:
        """Debits of one account of this bank at once, about twice as many as it can pay."""
        home, other = self.town.banks[place], self.town.banks[place - 1]
        payer = home.account(CONTENDED)
        for number in range(CROWD_SIZE):
            payee = (home if number % 2 else other).account(PLAIN, number % 4)
            self.transfer(event, CROWD, payer, payee.bank, payee.number, 5_00 + self.dice.below(40_00))

    def looks(self) -> None:
        """Readers look at one account after the other; now and then a teller looks for what he has just done."""
        for turn, event in enumerate(range(0, self.count, LOOK_EVERY)):
            for bank in self.town.banks:
                account = bank.accounts[turn % len(bank.accounts)].number
                self._read(event, f"reader-{bank.id}", bank.id, READ_ACCOUNT, LOOK, {"account": account})
                self._read(event, f"reader-{bank.id}", bank.id, READ_STATEMENT, LOOK, {"account": account})
        earlier = {bank.id: [o for o in self.ordered if o.bank == bank.id] for bank in self.town.banks}
        for place, order in enumerate(self.ordered):
            if order.do != TRANSFER:
                continue
            one = self.dice.one_of(earlier[order.bank])
            self._read(
                max(order.event, one.event) + 2, f"reader-{order.bank}", order.bank, READ_TRANSFER, LOOK, {OF: one.id}
            )
            if place % OWN_LOOK_EVERY == 0:
                about = {"account": order.request["from_account"]}
                self._read(order.event + 1, order.client, order.bank, READ_STATEMENT, LOOK, about)
                self._read(order.event + 1, order.client, order.bank, READ_TRANSFER, LOOK, {OF: order.id})

    def sweeps(self, count: int = SWEEPS) -> None:
        for number in range(1, count + 1):
            for account in self.town.accounts():
                about = {"account": account.number, SWEEP: f"w{number}"}
                event = self.count * number // (count + 1)
                self._read(event, f"reader-{account.bank}", account.bank, READ_ACCOUNT, SWEEP, about)

    def _cross(self, event: int) -> None:
        home, other = self.dice.some_of(self.town.banks, 2)
        self.crosses += 1
        if self.crosses <= DIMES:
            home, other = self.town.banks[:2]
            payee = other.account(PLAIN, 3)
            self.transfer(event, DIME, home.account(PLAIN, 3), other.id, payee.number, DIME_MINOR)
            return
        payee = other.account(FINGERPRINT)
        place = self.prints.get(payee.number, 0)
        if self.crosses % PRINT_EVERY == 0 and place < PRINTS_MAX:
            self.prints[payee.number] = place + 1
            self.transfer(event, PRINT, home.account(RICH), other.id, payee.number, 4**place)
        else:
            self.transfer(event, CROSS, self.plain(home), other.id, self.plain(other).number, self._amount())

    def _local(self, event: int) -> None:
        bank = self.dice.one_of(self.town.banks)
        self.locals += 1
        if self.cash and self.locals % 3 == 0:
            do = DEPOSIT if self.locals % 2 else WITHDRAW
            request = {"account": self.plain(bank).number, "amount_minor": self._amount(), "currency": CURRENCY}
            self._order(event, CASH, bank.id, do, request)
            return
        one, other = self.dice.some_of([a for a in bank.accounts if a.purpose == PLAIN], 2)
        self.transfer(event, LOCAL, one, bank.id, other.number, self._amount())

    def _nowhere(self, event: int) -> None:
        home, other = self.dice.some_of(self.town.banks, 2)
        self.nowheres += 1
        nobody = make_number(other.id, NOBODYS_SERIAL + self.nowheres)
        payee = other.account(CLOSED).number if self.nowheres % 2 else nobody
        self.transfer(event, NOWHERE, self.plain(home), other.id, payee, self._amount())

    def _over(self, event: int) -> None:
        home, other = self.dice.some_of(self.town.banks, 2)
        amount = OVER_MINOR + self.dice.below(OVER_MINOR)
        self.transfer(event, OVER, self.plain(home), other.id, self.plain(other).number, amount)

    def _repeat(self, event: int) -> None:
        """The same request under the same key, of the same teller: later, or on a second connection at once."""
        self.repeats += 1
        first = self.dice.one_of(self.ordered)
        at = first.event if self.repeats % 2 else event
        self.steps.append(replace(first, event=at, id=self._next_id(), kind=REPEAT, repeats=first.id))

    def transfer(self, event: int, kind: str, payer: Account, to_bank: str, payee: str, amount: int) -> None:
        request = {
            "from_account": payer.number,
            "to_bank": to_bank,
            "to_account": payee,
            "amount_minor": amount,
            "currency": CURRENCY,
        }
        self._order(event, kind, payer.bank, TRANSFER, request)

    def _order(self, event: int, kind: str, bank: str, do: str, request: dict[str, Any]) -> None:
        id_ = self._next_id()
        place = [one.id for one in self.town.banks].index(bank)
        of_this_bank = [number for number in range(TELLERS) if number % len(self.town.banks) == place]
        client = f"teller{self.dice.one_of(of_this_bank or [place]) + 1:02d}"
        step = Step(event, id_, client, bank, do, kind, request, key=f"k-{id_}")
        self.ordered.append(step)
        self.steps.append(step)

    def _read(self, event: int, client: str, bank: str, do: str, kind: str, request: dict[str, Any]) -> None:
        self.steps.append(Step(event, self._next_id(), client, bank, do, kind, request))

    def _next_id(self) -> str:
        return f"{self.letter}{len(self.steps) + 1:04d}"

    def plain(self, bank: Bank) -> Account:
        return bank.account(PLAIN, self.dice.below(PURPOSES.count(PLAIN)))

    def _amount(self) -> int:
        return 1 + self.dice.below(self.amount_max)


class _Slice(Drawing):
    """One of `SLICES`: no account pays more than its part, and the same fingerprint never comes from two of them."""

    scenario = ""

    def __init__(self, dice: Dice, town: Town, orders: int, cash: bool) -> None:
        super().__init__(dice, town, orders, cash)
        self.left = {account.number: PLAIN_MINOR_MIN // SLICES for account in town.accounts()}
        plain = PURPOSES.count(PLAIN) * len(town.banks)
        self.amount_max = max(DIME_MINOR, PLAIN_MINOR_MIN // SLICES * plain // max(1, orders))

    def _cross(self, event: int) -> None:
        home, other = self.dice.some_of(self.town.banks, 2)
        self.crosses += 1
        place = PRINTS.get(self.scenario)
        if self.crosses == 1 and place is not None and place // len(self.town.banks) < PRINTS_MAX:
            at = place % len(self.town.banks)
            payer, payee = self.town.banks[at - 1].account(RICH), self.town.banks[at].account(FINGERPRINT)
            self.transfer(event, PRINT, payer, payee.bank, payee.number, 4 ** (place // len(self.town.banks)))
        else:
            self.transfer(event, CROSS, self.plain(home), other.id, self.plain(other).number, self._amount())

    def _order(self, event: int, kind: str, bank: str, do: str, request: dict[str, Any]) -> None:
        payer = str(request.get("from_account") or request["account"])
        if kind in (CROSS, LOCAL, NOWHERE, CASH) and do != DEPOSIT:
            request["amount_minor"] = max(1, min(request["amount_minor"], self.left[payer]))
            self.left[payer] -= request["amount_minor"]
        super()._order(event, kind, bank, do, request)
