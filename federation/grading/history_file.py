"""`history.jsonl`: every request and every answer of a graded run, a line each, in the order they happened.

    {"n": 7, "event": "invoke", "wall_us": …, "mono_us": …, "client": "teller03", "bank": "ALFA",
     "operation": "transfer", "key": "k-s007", "request": {"from_account": …, "to_bank": …, "amount_minor": 250, …}}
    {"n": 7, "event": "ok", "wall_us": …, "mono_us": …, "client": …, "bank": …, "operation": …, "key": …,
     "http": 202, "answer": {"transaction_id": "…", "status": "pending"}}

`n` pairs an answer with its request. `ok`: done; `fail`: definitely not done; `info`: nobody can say. The wall clock is
for people who compare logs, the other one for every judgement.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self, TextIO

from federation.grading.calls import FAIL, INFO, OK, Call
from federation.grading.clock import now_us, wall_us

INVOKE = "invoke"
EVENTS = (INVOKE, OK, FAIL, INFO)
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    n: int
    event: str
    wall_us: int
    mono_us: int
    client: str
    bank: str
    operation: str
    key: str = ""
    request: Json = field(default_factory=dict)
    answer: Json = field(default_factory=dict)
    http: int | None = None

    def line(self) -> str:
        said = {
            "n": self.n,
            "event": self.event,
            "wall_us": self.wall_us,
            "mono_us": self.mono_us,
            "client": self.client,
            "bank": self.bank,
            "operation": self.operation,
            "key": self.key,
        }
        more = {"request": self.request} if self.event == INVOKE else {"http": self.http, "answer": self.answer}
        return json.dumps(said | more, ensure_ascii=False)


class HistoryWriter:
    """Writes a history while it happens, into a file of its own; several tellers may write at once. A line is on its
    way to the disk before the request is: what the node was asked is known even where the grader is killed."""

    def __init__(self, file: Path) -> None:
        # x: a second writer would count from one. Half a character of a hostile answer is written as JSON escapes it.
        self._file: TextIO = file.open("x", encoding="utf-8", errors="backslashreplace")
        self._lock = Lock()
        self._asked: dict[int, Event] = {}
        self._calls: dict[int, Call] = {}
        self._last = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def invoke(self, client: str, bank: str, operation: str, request: Json, key: str = "") -> int:
        """Notes a request that is about to be sent; gives its number."""
        with self._lock:
            self._last += 1
            event = Event(self._last, INVOKE, wall_us(), now_us(), client, bank, operation, key, request)
            self._asked[event.n] = event
            self._calls[event.n] = call_of(event)
            self._write(event)
            return event.n

    def call(self, n: int) -> Call:
        """What has come of it so far."""
        return self._calls[n]

    def calls(self) -> list[Call]:
        """All so far, as `history.history_of` reads them from the file."""
        with self._lock:
            return list(self._calls.values())

    def ok(self, n: int, answer: Json, http: int | None = None) -> None:
        self._answer(n, OK, answer, http)

    def fail(self, n: int, answer: Json, http: int | None = None) -> None:
        self._answer(n, FAIL, answer, http)

    def info(self, n: int, answer: Json, http: int | None = None) -> None:
        self._answer(n, INFO, answer, http)

    def _answer(self, n: int, event: str, answer: Json, http: int | None) -> None:
        with self._lock:
            asked = self._asked.pop(n)
            said = (asked.client, asked.bank, asked.operation, asked.key)
            told = Event(n, event, wall_us(), now_us(), *said, answer=answer, http=http)
            self._calls[n] = call_of(asked, told)
            self._write(told)

    def _write(self, event: Event) -> None:
        self._file.write(event.line() + "\n")
        self._file.flush()


def read_events(file: Path) -> Iterator[Event]:
    """The events of a history file. A last line that was cut short is left out: there the grader was ended. Raises
    ValueError in words."""
    lines = file.read_text(encoding="utf-8").split("\n")
    whole, rest = lines[:-1], lines[-1]
    for number, line in enumerate(whole, 1):
        try:
            yield read_event(json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{file.name}, line {number}: this is no event of a history: {error!r}") from error
    if rest.strip():
        try:
            yield read_event(json.loads(rest))
        except (ValueError, TypeError, KeyError):
            return


def read_event(said: dict[str, Any]) -> Event:
    event = Event(**said)
    if event.event not in EVENTS:
        raise ValueError(f"{event.event!r} is none of {', '.join(EVENTS)}")
    return event


def write_events(file: Path, events: Iterable[Event]) -> None:
    file.write_text("".join(event.line() + "\n" for event in events), encoding="utf-8")


def call_of(asked: Event, told: Event | None = None) -> Call:
    """A request with its answer, if there was one."""
    more: dict[str, Any] = {}
    if told is not None:
        more = {
            "outcome": told.event,
            "ended_us": told.mono_us,
            "answer": told.answer,
            "http_status": told.http,
        }
    return Call(asked.n, asked.client, asked.bank, asked.operation, asked.key, asked.request, asked.mono_us, **more)
