"""Asking banks how they are: GET /readyz of many at once, within one deadline. No answer is no error."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from federation.spec import HOST, BankSpec

ANSWER_S_MAX = 0.3
ANSWER_BYTES_MAX = 65_536
Readyz = dict[str, Any]


def ask(port: int, timeout_s: float = ANSWER_S_MAX) -> Readyz | None:
    """What the bank says of itself, `ok` included; None if nobody answers there as a bank does."""
    line = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        line.request("GET", "/readyz", headers={"Connection": "close"})
        answer = line.getresponse()
        found = json.loads(answer.read(ANSWER_BYTES_MAX))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        line.close()
    return {"ok": answer.status == 200, **found} if isinstance(found, dict) else None


def ask_all(banks: Iterable[BankSpec], timeout_s: float = ANSWER_S_MAX) -> dict[str, Readyz | None]:
    asked = list(banks)
    if not asked:
        return {}
    with ThreadPoolExecutor(min(32, len(asked))) as hands:
        answers = hands.map(lambda bank: ask(bank.port, timeout_s), asked)
        return {bank.id: answer for bank, answer in zip(asked, answers, strict=True)}
