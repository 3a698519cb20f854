"""Each bank's audit log: is it whole, and do that bank's books say what it says? The bank's own check, asked of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from bank_node.store.audit_report import ChainReport


@dataclass(frozen=True, slots=True)
class BankAudit:
    """`head` is (seq, hash) of the newest row."""

    bank: str
    rows: int
    head: tuple[int, str]
    ok: bool
    detail: str

    @classmethod
    def read(cls, said: dict[str, Any]) -> Self:
        """What a running bank answered. Raises LookupError, TypeError where it is none."""
        head = said["head"]
        return cls(said["bank"], said["rows"], (head["seq"], head["hash"]), said["ok"] is True, str(said["detail"]))

    @classmethod
    def of(cls, bank: str, report: ChainReport) -> Self:
        return cls(bank, report.rows, (report.seq, report.hash.hex()), report.ok, report.detail)
