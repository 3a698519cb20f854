"""One bank's counter as tellers see it: they are signed in, ask, and understand what they are told, in its dialect.

2xx with what was promised is ok, 4xx a definite no; a server error, a time-out, a cut line: nobody knows. A token that
is refused is asked for anew, once; who cannot sign in has not asked for anything. What an answer says wrongly is
complained of in words, and its outcome is unknown.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from federation.grading import calls
from federation.grading.calls import INFO, OK, Call
from federation.grading.dialect import Ask, Dialect, Told, refused
from federation.grading.driver.line import Answer, Cut, Lines, Now, nothing
from federation.grading.history_file import HistoryWriter
from federation.grading.misfit import Misfit
from federation.grading.plan import AUDITOR, NOBODY, STRANGER
from federation.grading.town import TELLERS, Town
from federation.roster import Staff

TIMEOUT_S = 10.0
SIGN_IN_S = 10.0
PAGES_MAX = 1000
IN_A_HEADER = re.compile(r"[ -~]+")
DIGITS = re.compile(r"\d+$")

Headers = dict[str, str]


class NotSignedIn(Exception):
    """In words."""


@dataclass(slots=True)
class Complaints:
    """What banks said wrongly, each sentence once."""

    sentences: dict[str, None] = field(default_factory=dict)

    def add(self, bank: str, misfit: Misfit) -> str:
        sentence = f"{bank}: {str(misfit)[:500]}."
        if len(self.sentences) < 100:
            self.sentences.setdefault(sentence)
        return sentence


class Counter:
    def __init__(
        self,
        bank: str,
        town: Town,
        lines: Lines,
        words: Dialect,
        history: HistoryWriter,
        complaints: Complaints,
        counters: Mapping[str, Counter],
    ) -> None:
        """`counters`: of all banks; who comes with the token of another one got it there."""
        self.bank, self.town, self.lines, self.words = bank, town, lines, words
        self.history, self.complaints, self._counters = history, complaints, counters
        self._tokens: dict[str, asyncio.Task[Headers]] = {}

    async def sign_in_all(self) -> None:
        """The tellers, before anything is asked; who is not let in tries again when he asks."""
        for username in TELLERS:
            try:
                await self._token(username)
            except NotSignedIn:
                continue

    async def ask(
        self,
        client: str,
        do: str,
        request: Mapping[str, Any],
        key: str = "",
        *,
        sent: Now = nothing,
        answered: Now = nothing,
        timeout_s: float = TIMEOUT_S,
    ) -> Call:
        """What came of it."""
        async with self.lines.room:
            why = ""
            try:
                await self._headers(client)  # a sign-in is no part of what is timed
            except NotSignedIn as refusal:
                why = str(refusal)
            number = self.history.invoke(client, self.bank, do, request, key)
            if why:
                self.history.info(number, {"why": why})
                return self.history.call(number)
            asking = _Asking(self, client, sent, answered, timeout_s)
            told = await self._told(asking, do, request, key)
            record = {OK: self.history.ok, INFO: self.history.info}.get(told.outcome, self.history.fail)
            record(number, told.answer, asking.status)
            return self.history.call(number)

    async def _told(self, asking: _Asking, do: str, request: Mapping[str, Any], key: str) -> Told:
        try:
            return await self._understood(asking, do, request, key)
        except Cut as cut:
            asking.status = None
            return Told(INFO, {"why": str(cut)})
        except NotSignedIn as refusal:  # its token was refused: surely nothing was done
            return replace(refused(401), answer={"why": str(refusal)})
        except Misfit as misfit:
            return Told(INFO, {"why": self.complaints.add(self.bank, misfit)})
        except Exception as error:  # of what anybody may have answered
            words = f"an answer that nobody understands ({type(error).__name__})"
            return Told(INFO, {"why": self.complaints.add(self.bank, Misfit(words))})

    async def _understood(self, asking: _Asking, do: str, request: Mapping[str, Any], key: str) -> Told:
        match do:
            case calls.TRANSFER:
                local = request["to_bank"] == self.bank
                answer = await asking.of(self.words.order(request, key, local=local))
                return self.words.told_of_order(answer.status, answer.body, local=local)
            case calls.READ_TRANSFER:
                answer = await asking.of(self.words.lookup(request["transaction_id"]))
                return self.words.told_of_lookup(answer.status, answer.body)
            case calls.READ_ACCOUNT:
                answer = await asking.of(self.words.account(request["account"]))
                return self.words.told_of_account(answer.status, answer.body)
            case calls.READ_STATEMENT:
                return await self._statement(asking, request["account"])
            case _:
                answer = await asking.of(self.words.cash(do, request, key))
                return self.words.told_of_cash(answer.status, answer.body)

    async def _statement(self, asking: _Asking, number: str) -> Told:
        pages: list[Any] = []
        ask: Ask | None = self.words.statement(number)
        while ask is not None:
            answer = await asking.of(ask)
            if answer.status >= 300:
                return refused(answer.status)
            pages.append(answer.body)
            if len(pages) > PAGES_MAX:
                raise Misfit(f"the statement of {number} has no last page")
            ask = self.words.next_page(answer.body)
            if ask is not None:
                ask = replace(ask, path=_path_of(ask.path))
        account = self.town.find(number)
        return self.words.told_of_statement(pages, account.opening_minor if account else 0)

    async def _headers(self, client: str, spent: Headers | None = None) -> Headers:
        """What speaks for this client; `spent`: no longer accepted. Raises NotSignedIn."""
        if client == NOBODY:
            return {}
        if client == STRANGER:
            away = next((bank for bank in self._counters if bank != self.bank), self.bank)
            return await self._counters[away]._token(TELLERS[0], spent)
        return await self._token(_username(client), spent)

    async def _token(self, username: str, spent: Headers | None = None) -> Headers:
        """Asked for once, however many wait for it; again if that failed, or the old one is spent."""
        known = self._tokens.get(username)
        if known is not None and known.done() and (known.exception() is not None or known.result() is spent):
            known = None
        if known is None:
            known = asyncio.create_task(self._sign_in(self.town.bank(self.bank).person(username)))
            self._tokens[username] = known
        return await asyncio.shield(known)

    async def _sign_in(self, person: Staff) -> Headers:
        ask = self.words.sign_in(person)
        try:
            answer = Answer(200, None) if ask is None else await self.lines.ask(ask, SIGN_IN_S)
            if answer.status >= 500:
                raise NotSignedIn(f"{person.username} could not sign in: {answer.status}")
            headers = self.words.credentials(person, answer.status, answer.body)
        except Cut as cut:
            raise NotSignedIn(f"{person.username} could not sign in: {cut}") from None
        except Misfit as misfit:
            raise NotSignedIn(self.complaints.add(self.bank, misfit)) from None
        if not all(IN_A_HEADER.fullmatch(value) for value in headers.values()):
            raise NotSignedIn(self.complaints.add(self.bank, Misfit("a token that no header can carry")))
        return headers


@dataclass(slots=True)
class _Asking:
    """One call, which may be several requests: the pages of a statement, once more with a new token."""

    counter: Counter
    client: str
    sent: Now
    answered: Now
    timeout_s: float
    status: int | None = None

    async def of(self, ask: Ask) -> Answer:
        headers = await self.counter._headers(self.client)
        answer = await self._once(ask, headers)
        if answer.status == 401 and self.client not in (NOBODY, STRANGER):
            renewed = await self.counter._headers(self.client, headers)
            if renewed is not headers:
                answer = await self._once(ask, renewed)
        return answer

    async def _once(self, ask: Ask, headers: Headers) -> Answer:
        said = replace(ask, headers={**headers, **ask.headers})
        answer = await self.counter.lines.ask(said, self.timeout_s, self.sent, self.answered)
        self.status = answer.status
        return answer


def _username(client: str) -> str:
    """teller03 is the bank's first teller, teller04 its second; readers are the first."""
    if client == AUDITOR:
        return AUDITOR
    digits = DIGITS.search(client)
    return TELLERS[(int(digits[0]) - 1) % len(TELLERS)] if digits else TELLERS[0]


def _path_of(address: str) -> str:
    """Of a page that was given with or without its host."""
    parts = urlsplit(address)
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    return f"{path}?{parts.query}" if parts.query else path
