"""Each bank's audit log: is it whole, do that bank's books say what it says, and has it what other banks heard of it?

The first two are the bank's own check, asked of all. The third is none that a bank could answer for itself: whoever
puts an old backup in place, or writes the end of the log anew with all its hashes, has a log that is whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from bank_node.store.audit_report import ChainReport

Head = tuple[int, str]  # seq and hash of a row


@dataclass(frozen=True, slots=True)
class BankAudit:
    """`head` is the newest row. `known_to` are the banks whose word the log was held against; `not_compared` says why
    it could be held against none."""

    bank: str
    rows: int
    head: Head
    ok: bool
    detail: str
    hashes: Mapping[int, str] | None = field(default=None, compare=False)  # of the rows that were asked for
    known_to: tuple[str, ...] = ()
    not_compared: str = ""

    @classmethod
    def read(cls, said: dict[str, Any]) -> Self:
        """What a running bank answered. Raises LookupError, TypeError, ValueError, AttributeError where it is none."""
        head, hashes = said["head"], said.get("hashes")
        told = None if hashes is None else {int(seq): str(hash_) for seq, hash_ in hashes.items()}
        return cls(
            said["bank"], said["rows"], (head["seq"], head["hash"]), said["ok"] is True, str(said["detail"]), told
        )

    @classmethod
    def of(cls, bank: str, report: ChainReport, hashes: Mapping[int, str]) -> Self:
        return cls(bank, report.rows, (report.seq, report.hash.hex()), report.ok, report.detail, hashes)

    def held_against(self, heard: Mapping[str, Head]) -> BankAudit:
        """With what other banks heard of this one's log, before it was read: the log never loses a row."""
        if self.hashes is None:
            return replace(self, not_compared="its program is too old to be asked")
        lacking = "; ".join(self._lacking(heard, self.hashes))
        compared = replace(self, known_to=tuple(sorted(heard)))
        if not lacking:
            return compared
        return replace(compared, ok=False, detail=lacking if self.ok else f"{self.detail}; {lacking}")

    def _lacking(self, heard: Mapping[str, Head], hashes: Mapping[int, str]) -> Iterator[str]:
        for bank, (seq, hash_) in sorted(heard.items()):
            if seq > self.head[0]:
                yield f"audit_log {seq}: {bank} has heard of it, and the log ends at row {self.head[0]}"
            elif hashes.get(seq) != hash_:
                yield f"audit_log {seq}: it is not the row that {bank} has heard of"
