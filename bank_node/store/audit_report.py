"""What a check of the audit log has found so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from bank_node.ledger.chain import BEGINNING

FINDINGS_MAX = 20  # more of them prove nothing more


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that is not what it should be."""

    table: str
    row: str
    why: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.why}"


@dataclass(slots=True)
class ChainReport:
    """How far the check has come, and what it has found."""

    rows: int = 0
    seq: int = 0
    hash: bytes = BEGINNING
    complete: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def detail(self) -> str:
        return "; ".join(str(found) for found in self.findings) or "holds"

    def found(self, table: str, row: object, why: str) -> None:
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(table, str(row), why))
