"""Banks on paper that speak as the contract does, all in one object; a twist makes one of their answers wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from federation.grading.conformance import Reply
from federation.grading.dialect import Ask
from federation.grading.town import Town

API = "/api/v1"
Twist = Callable[[str, Ask, Reply], Reply | None]


def nothing(_bank: str, _ask: Ask, reply: Reply) -> Reply | None:
    return reply


class PaperNodes:
    def __init__(self, town: Town, twist: Twist = nothing) -> None:
        self.town, self.twist = town, twist
        self.balances = {account.number: account.opening_minor for account in town.accounts()}
        self.lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.made: dict[str, dict[str, Any]] = {}  # by key
        self.asked: list[Ask] = []

    def answer(self, bank: str, ask: Ask) -> Reply | None:
        self.asked.append(ask)
        return self.twist(bank, ask, self._answer(bank, ask))

    def _answer(self, bank: str, ask: Ask) -> Reply:
        path = ask.path.split("?")[0]
        if path == "/readyz":
            return Reply(200, {})
        if path == f"{API}/auth/token":
            return Reply(200, {"access_token": f"token of {bank}"})
        if ask.headers.get("Authorization") != f"Bearer token of {bank}":
            return Reply(401, {})
        if ask.method == "POST":
            return self._transfer(bank, ask)
        noun, name, *rest = path.removeprefix(f"{API}/").split("/")
        if noun == "transfers":
            return Reply(200, {"status": "completed"})
        if rest:
            return Reply(200, {"items": self.lines[name][::-1], "next": None})
        return Reply(200, {"balance_minor": self.balances[name]})

    def _transfer(self, bank: str, ask: Ask) -> Reply:
        key, order = ask.headers["Idempotency-Key"], ask.json or {}
        if key not in self.made:
            id_, local = f"{bank}-{len(self.made) + 1}", order["to_bank"] == bank
            self.made[key] = {"transaction_id": id_, "status": "completed" if local else "pending"}
            for account, sign in ((order["from_account"], -1), (order["to_account"], 1)):
                self.balances[account] += sign * order["amount_minor"]
                line = {"amount_minor": sign * order["amount_minor"], "transaction_id": id_}
                self.lines[account].append(line | {"balance_minor": self.balances[account], "entry_id": id_})
        return Reply(202, dict(self.made[key]))
