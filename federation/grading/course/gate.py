"""The gate on a federation of its own: two banks start, and are asked once around before anything is broken. It moves
money, so nothing else is graded there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from federation.grading.conformance import Reply, Step, conform
from federation.grading.custody.ward import Unfit
from federation.grading.dialect import Ask, Dialect
from federation.grading.ground.federation import Federation, Waiting

PATIENCE_S = 20.0
ANSWER_S = 10.0
LOOK_S = 0.05


def gate(found: Callable[[], Federation], words: Dialect, waiting: Waiting) -> list[Step]:
    """What was tried; the last one has a complaint if anything has. Raises Failure."""
    try:
        with found() as federation:
            federation.wait_ready()
            with _Caller({bank.bank: bank.url for bank in federation.in_custody.values()}) as caller:
                steps = conform(federation.town, words, caller, lambda holds: _patience(holds, waiting))
            died = [str(one) for bank in federation.in_custody.values() for one in bank.complaints]
    except Unfit as unfit:
        return [Step("each bank starts, and is ready", str(unfit.complaint))]
    if died and not any(step.complaint for step in steps):
        steps.append(Step("each bank stays", died[0]))
    return steps


class _Caller:
    """`conformance.Line` over HTTP."""

    def __init__(self, urls: dict[str, str]) -> None:
        self._urls = urls
        self._client = httpx.Client(timeout=ANSWER_S, trust_env=False)

    def __enter__(self) -> _Caller:
        return self

    def __exit__(self, *_: Any) -> None:
        self._client.close()

    def __call__(self, bank: str, ask: Ask) -> Reply | None:
        try:
            said = self._client.request(
                ask.method,
                self._urls[bank] + (ask.path if ask.path.startswith("/") else httpx.URL(ask.path).raw_path.decode()),
                headers=dict(ask.headers),
                json=ask.json,
                data=ask.form,
            )
            return Reply(said.status_code, _decoded(said))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
            return None


def _decoded(said: httpx.Response) -> Any:
    try:
        return json.loads(said.content)
    except (ValueError, RecursionError):
        return said.text[:1000]


def _patience(holds: Callable[[], bool], waiting: Waiting) -> bool:
    until_s = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > until_s:
            return False
        waiting(LOOK_S)
    return True
