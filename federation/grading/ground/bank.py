"""One bank in custody, as faults see it: the same ward through all of its lives."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from federation.failure import ExitCode, Failure
from federation.grading.custody.complaint import READY_S, TERM_S, Complaint
from federation.grading.custody.ward import Ward
from federation.grading.ground.busy import slack
from federation.grading.ground.ports import is_free


class BankInCustody:
    """What a node does wrong when it starts is raised as custody's `Unfit`: the course knows whose fault that is."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self._begun_s = 0.0
        self._ready = False

    @property
    def bank(self) -> str:
        return self.ward.bank

    @property
    def url(self) -> str:
        return self.ward.place.peers[self.bank]

    @property
    def is_running(self) -> bool:
        return self.ward.is_running

    @property
    def died(self) -> bool:
        """Its last life ended by itself."""
        return not self.ward.is_running and bool(self.complaints)

    @property
    def complaints(self) -> list[Complaint]:
        return list(self.ward.complaints)

    @property
    def database(self) -> Path | None:
        return self.ward.node.database(self.ward.place)

    def kill(self) -> None:
        self.ward.kill()

    def stop(self) -> None:
        self.ward.stop(TERM_S * slack())

    def start(self, *, clock_offset_ms: int = 0, failpoints: str = "") -> None:
        if self.ward.is_running:
            raise Failure(f"{self.bank} runs already")
        port = self.ward.place.port
        if not is_free(port):  # while it was down somebody else took it: no fault of the node
            raise Failure(f"port {port} of {self.bank} was taken by another program", code=ExitCode.PORT_TAKEN)
        self._begun_s, self._ready = time.monotonic(), False
        self.ward.start(replace(self.ward.place, clock_offset_ms=clock_offset_ms, failpoints=failpoints))

    def wait_ready(self) -> float:
        seconds = self.ward.wait_ready(READY_S * slack())
        self._ready = True
        return seconds

    def until_ready(self) -> None:
        """Nobody waited for its last life yet, and other things took their time meanwhile: it has its 20 s from now."""
        if self.ward.is_running and not self._ready:
            self.ward.wait_ready(time.monotonic() - self._begun_s + READY_S * slack())
            self._ready = True

    def pause(self) -> None:
        self.ward.pause()

    def resume(self) -> None:
        self.ward.resume()

    def cap_files(self, most_bytes: int | None) -> bool:
        return self.ward.cap_files(most_bytes)
