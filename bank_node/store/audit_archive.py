"""Whether what was booked in a sealed month is what was sealed, and each archived balance what its postings sum to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, func, select

from bank_node.ledger.seal import Seal, Span
from bank_node.store import schema
from bank_node.store.archive import read_seal
from bank_node.store.audit_report import FINDINGS_MAX, ChainReport
from bank_node.store.audit_rows import ABOUT_THE_ARCHIVE, Said

M, R, P = schema.sealed_months.c, schema.archived_balances.c, schema.postings.c
_MONTHS = select(M.up_to_entry, M.postings, M.hash, M.sealed_us, M.actor)


class ArchiveCheck:
    """Month by month, as the log tells of them: the log says where each begins and ends."""

    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._seen: set[str] = set()
        self._up_to = 0  # what the sums below are up to
        self._sums: dict[int, int] = defaultdict(int)

    def take(self, said: list[Said]) -> None:
        for one in said:
            if one.row.action in ABOUT_THE_ARCHIVE:
                self._hold(one)

    def finish(self) -> None:
        """What the log never heard of."""
        for month in self._connection.execute(select(M.month).where(M.month.not_in(self._seen)).limit(FINDINGS_MAX)):
            self._report.found("sealed_months", month[0], "the audit log does not know it")
        unknown = select(R.account_id, R.month).where(R.month.not_in(self._seen)).limit(FINDINGS_MAX)
        for account_id, month in self._connection.execute(unknown):
            self._report.found("archived_balances", f"{account_id}/{month}", "no such month was sealed")

    def _hold(self, one: Said) -> None:
        facts, month = one.facts, one.row.subject.partition("/")[2]
        if month in self._seen:
            self._report.found("sealed_months", month, f"it was sealed before {one.where} says so once more")
            return
        self._seen.add(month)
        stands = self._connection.execute(_MONTHS.where(M.month == month)).first()
        noted = (facts["up_to_entry"], facts["postings"], facts["hash"], one.row.at_us, one.row.actor)
        if stands is None:
            self._report.found("sealed_months", month, f"it is gone; {one.where} speaks of it")
        elif tuple(stands) != noted:
            self._report.found("sealed_months", month, f"it is not what {one.where} says")
        seal = read_seal(
            self._connection, Span(month, facts["after_entry"], facts["up_to_entry"], str(facts["previous"]))
        )
        if (seal.hash, seal.postings) != (facts["hash"], facts["postings"]):
            self._report.found("sealed_months", month, "what is booked in it is not what was sealed")
        self._hold_balances(seal)

    def _hold_balances(self, seal: Seal) -> None:
        month, sums = seal.span.month, self._sums
        if self._up_to != seal.span.after_entry:  # a row about the month before does not speak: begin anew
            sums.clear()
            older = select(P.account_id, func.sum(P.amount)).where(P.entry_id <= seal.span.after_entry)
            sums.update((row[0], int(row[1])) for row in self._connection.execute(older.group_by(P.account_id)))
        for id_, moved in seal.moved.items():
            sums[id_] += moved
        self._up_to = seal.span.up_to_entry
        found = self._connection.execute(select(R.account_id, R.amount).where(R.month == month))
        stands: dict[int, Any] = {row[0]: row[1] for row in found}
        for id_ in sorted(stands.keys() | seal.moved.keys()):
            where = f"{id_}/{month}"
            if id_ not in stands:
                self._report.found("archived_balances", where, "it is gone, though that month has its postings")
            elif id_ not in seal.moved:
                self._report.found("archived_balances", where, "nothing was booked on the account in that month")
            elif stands[id_] != sums[id_]:
                words = f"it says {stands[id_]}, all postings up to there sum to {sums[id_]}"
                self._report.found("archived_balances", where, words)
