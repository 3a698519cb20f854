"""Drawing what people want: payments of every kind, the same key again, returns, cancellations, closures, cash."""

from __future__ import annotations

from random import Random
from typing import Any

from federation.simulation.accounts import (
    BLOCKED,
    CLOSED,
    DOLLARS,
    FROZEN,
    FULL,
    LIAR,
    NOBODY,
    OPENING,
    POOR,
    ROOM_LEFT,
)
from federation.simulation.plan import Step

PLAIN_SENDS, ODD_SENDS = 27, 6
PAYERS = (1, 2, 3)  # nobody closes or freezes these; account 4 goes through everything
LEAVER = 4
Facts = dict[str, Any]


def draw_workload(random: Random, names: tuple[str, ...], span_ms: int, plain_sends: int = PLAIN_SENDS) -> list[Step]:
    drawing = _Drawing(random, names, span_ms)
    for _ in range(plain_sends):
        drawing.plain_send()
    for _ in range(ODD_SENDS):
        drawing.odd_send()
    for _ in range(random.randint(3, 6)):
        drawing.repeat()
    for _ in range(random.randint(3, 6)):
        drawing.send_back()
    for _ in range(random.randint(1, 4)):
        drawing.about_one("cancel")
        drawing.about_one("ask")
    for _ in range(random.randint(2, 4)):
        drawing.state_changes()
        drawing.cash()
    for _ in range(random.randint(0, 2)):
        drawing.farewell()
    return drawing.steps


def account_is_plain(facts: Facts) -> bool:
    return facts["account"] in (1, 2, 3, 4)


class _Drawing:
    def __init__(self, random: Random, names: tuple[str, ...], span_ms: int) -> None:
        self.random, self.names, self.span_ms = random, names, span_ms
        self.steps: list[Step] = []
        self.sent: list[Step] = []  # those that another bank gets

    def plain_send(self) -> None:
        facts: Facts = {"account": self.random.choice((1, 2, 3, 4)), "amount": self.random.randint(1, 50_00)}
        self._send(self.random.choice(PAYERS), facts)

    def odd_send(self) -> None:
        """To accounts that refuse, in other currencies, above limits, soon expired, without money, inside the bank."""
        random = self.random
        payer, account, amount = random.choice(PAYERS), 1, random.randint(1, 9_00)
        facts: Facts = {}
        match random.randrange(11):
            case 0 | 1:
                account = random.choice((NOBODY, CLOSED, BLOCKED, FROZEN))
            case 2:
                account, amount = FULL, ROOM_LEFT + 1
            case 3:
                payer, account = random.choice(((1, DOLLARS), (DOLLARS, 1), (DOLLARS, DOLLARS)))
            case 4 | 5:
                facts["expires_ms"] = random.randint(1, 9_000)
            case 6:
                payer = random.choice((POOR, BLOCKED, FROZEN, CLOSED))
            case 7:
                amount = 100 * OPENING
            case 8:
                payer, account, amount = FULL, NOBODY, 4_00  # its refund may not fit any more
                self._put("deposit", self.random.choice(self.names), {"account": FULL, "amount": ROOM_LEFT})
            case _:
                facts["inside"] = True
        self._send(payer, {"account": account, "amount": amount, **facts})

    def repeat(self) -> None:
        """The same order with the same key: at the same moment, soon, or much later."""
        first = self.random.choice(self.steps)
        if first.do == "send":
            later_ms = self.random.choice((0, 0, 1, 500, 15_000))
            self._put("repeat", first.bank, {"of": first.id}, first.at_ms + later_ms)

    def send_back(self) -> None:
        random = self.random
        first = random.choice([step for step in self.sent if step["to"] != LIAR])
        amount = random.choice((None, None, 1, max(1, first["amount"] // 2), first["amount"]))
        facts: Facts = {"of": first.id} if amount is None else {"of": first.id, "amount": amount}
        self._put("return", first["to"], facts, first.at_ms + random.choice((200, 4_000, 20_000)))
        if random.random() < 0.4:
            self._put("return", first["to"], dict(facts), first.at_ms + random.choice((200, 4_000, 20_000)))

    def about_one(self, do: str) -> None:
        """A question about a payment, or about the return of one."""
        backs = [step for step in self.steps if step.do == "return"]
        one = self.random.choice(backs if backs and self.random.random() < 0.3 else self.sent)
        self._put(do, one.bank, {"of": one.id}, one.at_ms + self.random.choice((0, 1, 10, 1_000, 15_000)))

    def state_changes(self) -> None:
        bank, at_ms = self.random.choice(self.names), self.random.randint(100, self.span_ms)
        for state in self.random.choice((("blocked", "open"), ("debit_frozen", "open"), ("debit_frozen", "blocked"))):
            self._put("state", bank, {"account": LEAVER, "state": state}, at_ms)
            at_ms += self.random.randint(100, 20_000)

    def cash(self) -> None:
        facts = {"account": self.random.choice(PAYERS), "amount": self.random.randint(1, 20_00)}
        self._put(self.random.choice(("deposit", "withdraw")), self.random.choice(self.names), facts)

    def farewell(self) -> None:
        """Sends all it has, and closes its account before the money could come back."""
        bank, at_ms = self.random.choice(self.names), self.random.randint(100, self.span_ms)
        account = self.random.choice((1, NOBODY, BLOCKED))
        first = self._send(LEAVER, {"account": account, "amount": OPENING}, bank, at_ms)
        self._put("state", bank, {"account": LEAVER, "state": "closed"}, at_ms + self.random.choice((5, 50)))
        if account == 1 and first["to"] != LIAR:
            self._put("return", first["to"], {"of": first.id}, at_ms + 3_000)

    def _send(self, payer: int, facts: Facts, bank: str | None = None, at_ms: int | None = None) -> Step:
        bank = bank or self.random.choice(self.names)
        inside = facts.pop("inside", False)
        to = bank if inside else self.random.choice([name for name in self.names if name != bank])
        if not inside and account_is_plain(facts) and self.random.random() < 0.15:
            to = LIAR
        if inside:
            facts["account"] = self.random.choice((1, 2, 3, 4, CLOSED, DOLLARS))
        step = self._put("send", bank, {"from": payer, "to": to, **facts}, at_ms)
        if not inside:
            self.sent.append(step)
        return step

    def _put(self, do: str, bank: str, facts: Facts, at_ms: int | None = None) -> Step:
        at_ms = self.random.randint(50, self.span_ms) if at_ms is None else at_ms
        step = Step(at_ms, do, f"{do[0]}{len(self.steps):02d}", bank, facts)
        self.steps.append(step)
        return step
