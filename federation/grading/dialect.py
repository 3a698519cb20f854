"""The contract's HTTP in a node's own words: what to ask, and what its answers mean. No request is made here.

A definite outcome is only what the contract calls one: 2xx with what was promised, or 4xx. All else is unknown.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from federation.grading.adapter import Adapter, Transfer
from federation.grading.amounts import read, written
from federation.grading.calls import COMPLETED, DEPOSIT, FAIL, INFO, MISSING, OK, PENDING, REJECTED, Line
from federation.grading.misfit import Misfit
from federation.roster import Staff

Json = Mapping[str, Any]
NOWHERE = object()
ID_CHARACTERS_MAX = 64


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to be made."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Json | None = None
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer comes to: `outcome` is ok, fail or info, `answer` is in the contract's names."""

    outcome: str
    answer: dict[str, Any] = field(default_factory=dict)


class Dialect:
    """`told_of_…` take the status and the decoded body of an answer and raise Misfit for what is not as it must be."""

    def __init__(self, adapter: Adapter | None = None) -> None:
        self.adapter = adapter or Adapter()

    def ready(self) -> Ask:
        return Ask("GET", self.adapter.ready.path)

    def sign_in(self, person: Staff) -> Ask | None:
        """None: this node has no sign-in that would have to be asked for."""
        login = self.adapter.login
        said = {login.username: person.username, login.password: person.password}
        match login.how:
            case "form":
                return Ask("POST", login.path, form=said)
            case "json":
                return Ask("POST", login.path, json=said)
            case _:
                return None

    def credentials(self, person: Staff, status: int = 200, body: Any = None) -> dict[str, str]:
        """The headers that speak for this person from now on."""
        login = self.adapter.login
        if login.how == "none":
            return {}
        if login.how == "basic":
            pair = b64encode(f"{person.username}:{person.password}".encode()).decode()
            return {login.header: f"Basic {pair}"}
        if status >= 300:
            raise Misfit(f"{person.username} of the seed file can not sign in: {login.path} answered {status}")
        token = _member(body, login.token)
        if not isinstance(token, str) or not token:
            raise Misfit(f"the answer of {login.path} has no {login.token}", "set login.token in the adapter")
        return {login.header: f"{login.scheme} {token}".strip()}

    def order(self, request: Json, key: str, *, local: bool = False) -> Ask:
        """A transfer: `request` in the contract's names."""
        route = self._route(local)
        names, form = route.request, self.adapter.amounts.http
        said = dict(route.constants)
        for name in ("from_account", "to_bank", "to_account", "currency"):
            _put(said, getattr(names, name), request[name])
        _put(said, names.amount, written(request["amount_minor"], form))
        return self._keyed(Ask(route.method, route.path, json=said), route.key, key)

    def told_of_order(self, status: int, body: Any, *, local: bool = False) -> Told:
        if status >= 300:
            return refused(status)
        route = self._route(local)
        id_ = _member(body, route.answer.id)
        if id_ is NOWHERE or id_ in (None, ""):
            where = "local_transfer" if local and self.adapter.local_transfer else "transfer"
            raise Misfit(f"your transfer answer has no id: there is no {route.answer.id}", f"set {where}.answer.id")
        if len(str(id_)) > ID_CHARACTERS_MAX:
            raise Misfit(f"a transfer has an id of {len(str(id_))} characters", f"at most {ID_CHARACTERS_MAX}")
        said = _member(body, route.answer.status) if route.answer.status else NOWHERE
        default = COMPLETED if local else PENDING
        return Told(OK, {"transaction_id": str(id_), "status": default if said is NOWHERE else self._status(said)})

    def lookup(self, transaction_id: str) -> Ask:
        return Ask("GET", self.adapter.lookup.path.replace("{id}", quote(transaction_id, safe="")))

    def told_of_lookup(self, status: int, body: Any) -> Told:
        if status in self.adapter.lookup.missing:
            return Told(OK, {"status": MISSING})
        if status >= 300:
            return refused(status)
        said = _member(body, self.adapter.lookup.answer.status)
        if said is NOWHERE:
            name = self.adapter.lookup.answer.status
            raise Misfit(f"the answer about a transfer has no status: there is no {name}", "set lookup.answer.status")
        return Told(OK, {"status": self._status(said)})

    def account(self, number: str) -> Ask:
        return Ask("GET", self.adapter.account.path.replace("{account}", quote(number, safe="")))

    def told_of_account(self, status: int, body: Any) -> Told:
        if status >= 300:
            return refused(status)
        name = self.adapter.account.answer.balance
        balance = _member(body, name)
        if balance is NOWHERE:
            raise Misfit(
                f"the answer about an account has no balance: there is no {name}", "set account.answer.balance"
            )
        return Told(OK, {"balance_minor": read(balance, self.adapter.amounts.http, name)})

    def statement(self, number: str) -> Ask:
        return Ask("GET", self.adapter.statement.path.replace("{account}", quote(number, safe="")))

    def next_page(self, body: Any) -> Ask | None:
        """Where the statement goes on."""
        name = self.adapter.statement.next
        address = _member(body, name) if name else None
        return Ask("GET", address) if isinstance(address, str) and address else None

    def told_of_statement(self, pages: Sequence[Any], opening_minor: int = 0) -> Told:
        """All pages, in the order they were read. The line of the opening balance is left out: the seed file has it."""
        shape = self.adapter.statement
        rows: list[Any] = []
        for page in pages:
            found = _member(page, shape.items) if shape.items else page
            if not isinstance(found, list):
                raise Misfit(
                    f"the statement has no list of lines: {shape.items or 'it'} is none", "set statement.items"
                )
            rows += found[self._told_before(rows, found) :]
        lines = [self._line(row) for row in (reversed(rows) if shape.newest_first else rows)]
        if shape.opening_line and lines and opening_minor and lines[0].amount_minor == opening_minor:
            lines = lines[1:] if not lines[0].transaction_id else lines
        return Told(OK, {"lines": [line.as_json() for line in lines]})

    def _told_before(self, rows: Sequence[Any], page: Sequence[Any]) -> int:
        """How many lines of a page the pages before it ended with: where pages are counted from the newest line, each
        line that comes in between pushes one from a page into the next. Only lines that have ids are known again."""
        name = self.adapter.statement.line.id
        if not page or not name or _member(page[0], name) in (NOWHERE, None, ""):
            return 0
        for length in range(min(len(rows), len(page)), 0, -1):
            if rows[-length] == page[0] and rows[-length:] == page[:length]:
                return length
        return 0

    def cash(self, do: str, request: Json, key: str) -> Ask:
        """Level 2: a deposit or a withdrawal."""
        names, said = self.adapter.cash.request, dict[str, Any]()
        _put(said, names.account, request["account"])
        _put(said, names.amount, written(request["amount_minor"], self.adapter.amounts.http))
        _put(said, names.currency, request["currency"])
        path = self.adapter.cash.deposit if do == DEPOSIT else self.adapter.cash.withdraw
        return self._keyed(Ask("POST", path, json=said), self.adapter.transfer.key, key)

    def told_of_cash(self, status: int, body: Any) -> Told:
        if status >= 300:
            return refused(status)
        id_ = _member(body, self.adapter.cash.id)
        return Told(OK, {} if id_ is NOWHERE else {"transaction_id": str(id_)})

    def _route(self, local: bool) -> Transfer:
        return self.adapter.local_transfer or self.adapter.transfer if local else self.adapter.transfer

    @staticmethod
    def _keyed(ask: Ask, name: str, key: str) -> Ask:
        """The key in its header, or as a member of the request."""
        if not name:
            return ask
        if "-" in name or name != name.lower():
            return Ask(ask.method, ask.path, {**ask.headers, name: key}, ask.json)
        said = dict(ask.json or {})
        _put(said, name, key)
        return Ask(ask.method, ask.path, ask.headers, said)

    def _status(self, said: Any) -> str:
        words = self.adapter.status
        for status, names in ((PENDING, words.pending), (COMPLETED, words.completed), (REJECTED, words.rejected)):
            if str(said) in names:
                return status
        raise Misfit(f"{said!r} is no status of a transfer", "set status.pending, .completed and .rejected")

    def _line(self, row: Any) -> Line:
        names, form = self.adapter.statement.line, self.adapter.amounts.http
        amount = _member(row, names.amount)
        if amount is NOWHERE:
            raise Misfit(
                f"a line of the statement has no amount: there is no {names.amount}", "set statement.line.amount"
            )
        minor = read(amount, form, names.amount)
        if names.direction:
            minor = -abs(minor) if str(_member(row, names.direction)) in names.debits else abs(minor)
        balance = _member(row, names.balance) if names.balance else NOWHERE
        return Line(
            minor,
            _text(_member(row, names.transaction_id)),
            None if balance in (NOWHERE, None) else read(balance, form, names.balance),
            _text(_member(row, names.id)) if names.id else "",
        )


def refused(status: int) -> Told:
    """4xx is a definite no; everything else that is no yes tells nothing."""
    return Told(FAIL if 400 <= status < 500 else INFO)


def _member(body: Any, name: str) -> Any:
    """`a.b` is member b of member a; NOWHERE where there is none."""
    for part in name.split("."):
        if not isinstance(body, Mapping) or part not in body:
            return NOWHERE
        body = body[part]
    return body


def _put(said: dict[str, Any], name: str, value: Any) -> None:
    """Into member `a.b`; nowhere if it has no name."""
    if not name:
        return
    *outer, last = name.split(".")
    for part in outer:
        said = said.setdefault(part, {})
    said[last] = value


def _text(value: Any) -> str:
    return "" if value in (NOWHERE, None) else str(value)
