"""A federation on paper that works a plan off, at once and rightly, or with one bug; and what a grader saw of it.

No time passes by itself, nothing runs at once: an order is worked off before the next step begins. Of a bad line each
third order or its answer is lost, and nobody knows what became of it, unless its key comes again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from federation.grading.calls import (
    COMPLETED,
    FAIL,
    FINAL_READER,
    INFO,
    OK,
    PENDING,
    READ_ACCOUNT,
    READ_STATEMENT,
    REJECTED,
    TRANSFER,
    Call,
    Line,
)
from federation.grading.evidence import Evidence
from federation.grading.history import History
from federation.grading.plan import OF, Plan, Step
from federation.world import Dice

SOME = 7  # a bug that does not always show, shows with each seventh transfer
STEP_US = 1_000


class PaperFederation:
    def __init__(self, plan: Plan, bug: str = "", *, bad_line: bool = False) -> None:
        self.plan, self.town, self.bug = plan, plan.town, bug
        self.dice = Dice(f"the line of plan {plan.seed}") if bad_line else None
        self.now_us, self.made = 0, 0
        self.balances = {account.number: account.opening_minor for account in self.town.accounts()}
        self.lines: dict[str, list[Line]] = defaultdict(list)
        self.statuses: dict[str, str] = {}
        self.homes: dict[str, str] = {}  # the bank that sent a transfer
        self.told: dict[str, tuple[str, str, int]] = {}  # by key: outcome, transaction id, HTTP status
        self.ids: dict[str, str] = {}  # by step
        self.calls: list[Call] = []

    def evidence(self) -> Evidence:
        for step in self.plan.steps:
            self._do(step)
        healed_us = self.now_us
        self.now_us += 31_000_000
        known = {call.transaction_id for call in self.calls if call.do == TRANSFER}
        for id_, status in self.statuses.items():
            if id_ not in known:
                continue
            self._call(FINAL_READER, self.homes[id_], "read_transfer", {"transaction_id": id_}, {"status": status})
        for account in self.town.accounts():
            self._read(FINAL_READER, account.bank, account.number, "at the end")
        return Evidence(self.town, History(self.calls), healed_us)

    def _do(self, step: Step) -> None:
        if step.do == TRANSFER:
            fate = self.dice.below(6) if self.dice else None
            if fate == 0:  # lost on its way
                self._unanswered(step)
                return
            outcome, id_, status = self._order(step)
            if fate == 1:  # its answer is
                self.ids.pop(step.id, None)
                self._unanswered(step)
                return
            answer = {"transaction_id": id_, "status": PENDING} if id_ else {}
            more: dict[str, Any] = {"outcome": outcome, "http_status": status, "key": step.key}
            self._call(step.client, step.bank, TRANSFER, dict(step.request), answer, **more)
        elif step.do in (READ_ACCOUNT, READ_STATEMENT):
            self._read(step.client, step.bank, step.request["account"], step.request.get("sweep", ""))
        elif step.request[OF] in self.ids:
            id_ = self.ids[step.request[OF]]
            answer = {"status": self.statuses.get(id_, PENDING)}
            self._call(step.client, step.bank, step.do, {"transaction_id": id_}, answer)

    def _unanswered(self, step: Step) -> None:
        more: dict[str, Any] = {"outcome": INFO, "http_status": None, "key": step.key}
        self._call(step.client, step.bank, TRANSFER, dict(step.request), {}, **more)

    def _order(self, step: Step) -> tuple[str, str, int]:
        if step.key in self.told and self.bug != "a key makes another transfer":
            self.ids[step.id] = self.told[step.key][1]
            return self.told[step.key]
        order, amount = step.request, step.request["amount_minor"]
        payer, payee = order["from_account"], order["to_account"]
        self.made += 1
        id_, some = f"t{step.id}", self.made % SOME == 0
        poor = self.balances[payer] < amount
        if poor and self.bug not in ("no funds check", "refused and done"):
            return self._said(step, FAIL, "", 422)
        self.homes[id_] = step.bank
        self.statuses[id_] = COMPLETED
        if not (some and self.bug == "yes before the commit"):
            self._book(payer, -amount, id_)
            self._arrive(payer, payee, amount, id_, some)
        if poor and self.bug == "refused and done":
            del self.statuses[id_]
            return self._said(step, FAIL, "", 422)
        if some and self.bug == "yes before the commit":
            self.statuses[id_] = "missing"
        return self._said(step, OK, id_, 202)

    def _arrive(self, payer: str, payee: str, amount: int, id_: str, some: bool) -> None:
        found = self.town.find(payee)
        if found is None or not found.is_open:
            if self.bug == "unknown accounts accept":
                return
            self.statuses[id_] = REJECTED
            if self.bug != "no refund":
                self._book(payer, amount, id_)
            return
        if some and self.bug == "the receiver never answers":
            self.statuses[id_] = PENDING
        come = int(amount / 100 * 100) if self.bug == "floats that are cut off" else amount
        self._book(payee, come + (self.bug == "a cent too much"), id_)
        if some and self.bug == "no dedupe":
            self._book(payee, come, id_)
        if some and self.bug == "an own time-out refunds":
            self._book(payer, amount, id_)
            self.statuses[id_] = REJECTED

    def _book(self, account: str, amount: int, id_: str) -> None:
        if not (self.bug == "an update is lost" and self.made % SOME == 0 and amount < 0):
            self.balances[account] += amount
        line = Line(amount, id_)
        if self.bug == "lines by a clock that jumps" and self.made % SOME == 0:
            self.lines[account].insert(0, line)
        else:
            self.lines[account].append(line)

    def _said(self, step: Step, outcome: str, id_: str, status: int) -> tuple[str, str, int]:
        if id_:
            self.ids[step.id] = id_
        self.told[step.key] = (outcome, id_, status)
        return self.told[step.key]

    def _read(self, client: str, bank: str, account: str, sweep: str) -> None:
        request = {"account": account, "sweep": sweep}
        self._call(client, bank, READ_ACCOUNT, request, {"balance_minor": self.balances[account]})
        lines = [line.as_json() for line in self.lines[account]]
        self._call(client, bank, READ_STATEMENT, {"account": account}, {"lines": lines})

    def _call(
        self,
        client: str,
        bank: str,
        do: str,
        request: dict[str, Any],
        answer: dict[str, Any],
        *,
        outcome: str = OK,
        http_status: int | None = 200,
        key: str = "",
    ) -> None:
        begun_us = self.now_us
        self.now_us += STEP_US
        number = len(self.calls) + 1
        self.calls.append(
            Call(number, client, bank, do, key, request, begun_us, outcome, self.now_us - 1, answer, http_status)
        )
