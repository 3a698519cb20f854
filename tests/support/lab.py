"""The lab's face of a bank that runs as a process: arming a failpoint, and waiting until it has killed."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from typing import Any

import httpx

from bank_node.lab.failpoints import BOOT_RECOVERY
from tests.support.real_federation import PATIENCE_S, RealFederation


class Lab:
    """Of one bank."""

    def __init__(self, federation: RealFederation, bank: str) -> None:
        self.federation, self.bank = federation, bank
        self.address = f"{federation.member(bank).url}/lab/failpoints"

    def told(self) -> dict[str, Any]:
        """As soon as the bank answers."""
        until_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._ask("GET")
            except httpx.HTTPError:
                assert time.monotonic() < until_s, f"{self.bank} did not come back"
                time.sleep(0.02)

    def arm(self, words: str) -> None:
        self._ask("POST", json={"arm": words})

    def _ask(self, method: str, **more: Any) -> dict[str, Any]:
        answer = httpx.request(method, self.address, timeout=5, trust_env=False, **more).raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def fired(self) -> Counter[str]:
        """Name -> kills, over all lives of the bank."""
        return Counter(words.partition("=kill")[0] for words in self.told()["fired"] if "=kill" in words)

    def kill_at(self, name: str, hit: int) -> None:
        """Waits until it has died there and answers again."""
        before = self.told()["pid"]
        known = self.fired()[name]
        self.arm(f"{name}=kill@{hit}")
        if name == BOOT_RECOVERY:
            os.kill(before, signal.SIGKILL)
        until_s = time.monotonic() + PATIENCE_S
        while self.fired()[name] == known:
            assert time.monotonic() < until_s, f"{self.bank} was never at {name}"
            time.sleep(0.05)
        assert self.told()["pid"] != before
