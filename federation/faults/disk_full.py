"""The disk of a bank is full: whatever would make one of its files longer fails, until this is healed.

Limits: by the file-size limit of its process, so a file that has room behind its end in the middle can still be written
there; the disk itself, and everybody else's, is left alone.
"""

from __future__ import annotations

import time
from typing import ClassVar

from federation.failure import ExitCode, Failure
from federation.faults.fault import Bite
from federation.faults.on_the_wire import check_bank
from federation.faults.site import Site


class DiskFull:
    name: ClassVar[str] = "disk-full"

    def __init__(self, site: Site, bank: str, most_bytes: int = 0) -> None:
        if most_bytes < 0:
            raise Failure(f"a file has no {most_bytes} bytes", do="give 0 or more", code=ExitCode.USAGE)
        check_bank(site, bank)
        self._process, self._most_bytes = site.banks[bank], most_bytes
        self._begun_at: float | None = None
        self._bit = False
        self.full_s = 0.0

    def inject(self) -> None:
        if not self._process.cap_files(self._most_bytes):
            raise Failure(f"the files of {self._process.bank} can not be kept from growing on this machine")
        self._begun_at, self._bit = time.monotonic(), True

    def heal(self) -> None:
        if self._process.is_running:  # another life has no such limit
            self._process.cap_files(None)
        if self._begun_at is not None:
            self.full_s, self._begun_at = time.monotonic() - self._begun_at, None

    def bite(self) -> Bite:
        full_s = self.full_s if self._begun_at is None else time.monotonic() - self._begun_at
        return Bite(self._bit, f"no file of {self._process.bank} could grow for {full_s:.1f} s")
