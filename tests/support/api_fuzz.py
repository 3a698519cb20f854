"""Requests made from a bank's own description, and what its answers must be: schemathesis, without a socket.

The library makes the cases and judges the answers; how they get there is here. Its own way, one test client for each
request, costs ten times what the bank does. A case is sent by everybody in turn: by each role, and without a token.
Then it is grounded: names and numbers that the bank knows take the place of random ones.
"""

from __future__ import annotations

import asyncio
import copy
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks as openapi

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
    openapi.negative_data_rejection,
]
NOBODY = "nobody"
BEFORE_THE_DOOR = (400, 404, 415, 422)  # refused for what it is, before it is asked who sends it
KNOWN_MAX = 20
OPTIONAL = {"amount", "denominations", "only_if_available_minor", "supervisor", "supervisor_password", "expires_at"}
HOST = "http://127.0.0.1:8001"


@dataclass
class Result:
    """What was sent, and what should not have been answered so: sentence -> how often, and one example of each."""

    sent: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    done: set[str] = field(default_factory=set)  # operations that were carried out at least once
    faults: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def blame(self, sentence: str, example: str) -> None:
        self.faults[sentence] += 1
        self.examples.setdefault(sentence, example[:1_500])


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """The description, with answers that may have no member it does not name: a client is told of each."""
    models = document["components"]["schemas"]
    asked = named_in([o.get("requestBody") for o in operations_in(document)], models)
    for name in set(models) - asked:
        if models[name].get("type") == "object" and "additionalProperties" not in models[name]:
            models[name]["additionalProperties"] = False
    return document


def operations(document: dict[str, Any]) -> list[APIOperation[Any, Any, Any, Any]]:
    return [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]


def cases(document: dict[str, Any], per_mode: int, seed_: int) -> list[Case]:
    """Of each operation so many cases that fit its description, and as many that do not."""
    drawn: list[Case] = []
    for operation in operations(document):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @seed(seed_)
            @settings(
                max_examples=per_mode,
                phases=[Phase.generate],
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(mode))
            def draw(case: Case) -> None:
                drawn.append(case)

            try:
                draw()
            except Unsatisfiable:  # nothing can be wrong about a request that says nothing
                continue
    return drawn


class Sender:
    """Sends prepared requests into the app, in an event loop of its own."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._runner = asyncio.Runner()

    def __call__(self, prepared: requests.PreparedRequest, authorization: str | None) -> Response:
        parts = urlsplit(str(prepared.url))
        headers = [(_bytes(name).lower(), _bytes(value)) for name, value in prepared.headers.items()]
        headers = [pair for pair in headers if pair[0] != b"authorization"]
        if authorization is not None:
            headers.append((b"authorization", authorization.encode()))
        scope = {
            "type": "http",
            "method": prepared.method,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": headers,
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "server": ("127.0.0.1", 8001),
            "client": ("127.0.0.1", 2),
        }
        body = prepared.body or b""
        return self._runner.run(self._ask(scope, body.encode() if isinstance(body, str) else body, prepared))

    async def _ask(self, scope: dict[str, Any], body: bytes, prepared: requests.PreparedRequest) -> Response:
        status, headers, pieces = 0, dict[str, list[str]](), list[bytes]()

        left = [{"type": "http.request", "body": body, "more_body": False}]
        had_enough = asyncio.Event()  # of a stream that never ends: its first words will do

        async def receive() -> dict[str, Any]:
            if not left:
                await had_enough.wait()
            return left.pop() if left else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                for name, value in message["headers"]:
                    headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
            else:
                pieces.append(message.get("body", b""))
                if headers.get("content-type", [""])[0].startswith("text/event-stream"):
                    had_enough.set()

        await self._app(scope, receive, send)  # type: ignore[arg-type]
        return Response(status, headers, b"".join(pieces), prepared, 0.0, verify=False)

    def close(self) -> None:
        self._runner.close()


class Play:
    """Everybody sends everything. `authorization_of(role, anew)` is a header; `anew`: the last one is spent."""

    def __init__(
        self,
        send: Sender,
        authorization_of: Callable[[str, bool], str],
        known: dict[str, list[Any]],
        roles: tuple[str, ...],
        chance: random.Random,
    ) -> None:
        self._send = send
        self._authorization_of = authorization_of
        self._known = known
        self._roles = roles
        self._chance = chance
        self._keys = 0
        self.result = Result()

    def play(self, drawn: list[Case], requests_min: int) -> None:
        """In any order; each as it was made, then grounded, and grounded anew until there were enough."""
        self._chance.shuffle(drawn)
        for case in drawn:
            self._play(case)
            if self._ground(case):
                self._play(case)
        while self.result.sent.total() < requests_min:
            case = self._chance.choice(drawn)
            if self._ground(case):
                self._play(case)

    def _play(self, case: Case) -> None:
        prepared = requests.Request(**case.as_transport_kwargs(base_url=HOST)).prepare()
        for role in self._roles:
            response = self._said_to(role, prepared)
            self.result.sent[role] += 1
            self.result.statuses[response.status_code] += 1
            if response.status_code < 300:
                self.result.done.add(case.operation.label)
                self._learn(response)
            self._judge(case, role, response)

    def _said_to(self, role: str, prepared: requests.PreparedRequest) -> Response:
        """A token that somebody ended, or a password that somebody took, is replaced by another, once."""
        if role == NOBODY:
            return self._send(prepared, self._chance.choice((None, "Bearer nonsense", "Basic dGVsbGVyOng=")))
        response = self._send(prepared, self._authorization_of(role, False))
        if response.status_code == 401 or b'"one_time_password"' in response.content:
            response = self._send(prepared, self._authorization_of(role, True))
        return response

    def _judge(self, case: Case, role: str, response: Response) -> None:
        label, allowed = case.operation.label, case.operation.definition.raw.get("x-roles")
        sentences = []
        if not _right_door(allowed, role, response.status_code):
            sentences.append(f"{label}: {role} gets {response.status_code}")
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                title = failure.title if isinstance(failure, Failure) else type(failure).__name__
                sentences.append(f"{label}: {title}: {' '.join(str(failure).split())[:200]}")
        for sentence in sentences:
            example = f"as {role}: {case.as_curl_command()}\n{response.status_code} {response.content[:400]!r}"
            self.result.blame(sentence, example)

    def _ground(self, case: Case) -> bool:
        """Puts what the bank knows in place of what was made up; False where there is nothing to put."""
        touched, likely = self._exemplify(case), 0.9
        if touched:
            likely = 0.2  # it is good as it stands
        elif isinstance(case.body, dict):
            for name in OPTIONAL & set(case.body):
                if self._chance.random() < 0.8:
                    del case.body[name]
            if "currency" in case.body:
                case.body["amount_minor"] = None
        for container in (case.path_parameters, case.query, case.body):
            for name in list(container) if isinstance(container, dict) else ():
                if name in self._known and self._chance.random() < (likely if container is case.body else 0.9):
                    container[name] = self._chance.choice(self._known[name])
                    touched = True
        asked = {parameter["name"] for parameter in case.operation.definition.raw.get("parameters", ())}
        if touched and "Idempotency-Key" in asked:
            self._keys += 1
            case.headers["Idempotency-Key"] = f"fuzz-{self._keys}"
            case.headers.pop("If-Match", None)
        case._meta = None  # neither a good nor a bad case any more: to take it and to refuse it are both right
        return touched

    def _exemplify(self, case: Case) -> bool:
        """Every other time an example of the description takes the place of the body."""
        content = case.operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {})
        examples = list(content.get("examples", {}).values())
        if not examples or self._chance.random() < 0.5:
            return False
        case.body = copy.deepcopy(self._chance.choice(examples)["value"])
        return True

    def _learn(self, response: Response) -> None:
        """What was made can be asked for."""
        if response.status_code in (201, 202):
            for name, value in orjson.loads(response.content).items():
                if name in self._known and value not in self._known[name]:
                    self._known[name] = [*self._known[name][-KNOWN_MAX:], value]


def _right_door(allowed: list[str] | None, role: str, status: int) -> bool:
    """Whether this status may be: those whom the description does not name get no further than the door."""
    if allowed is None or role in allowed:
        return status != 401 or allowed is None
    return status in (*BEFORE_THE_DOOR, {NOBODY: 401, "customer": 404}.get(role, 403))


def operations_in(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def named_in(part: Any, models: dict[str, Any]) -> set[str]:
    """Models that a part of the description names, and those that they name."""
    found: set[str] = set()
    left = [part]
    while left:
        text = orjson.dumps(left.pop()).decode()
        for name in models:
            if name not in found and f'"#/components/schemas/{name}"' in text:
                found.add(name)
                left.append(models[name])
    return found


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")
