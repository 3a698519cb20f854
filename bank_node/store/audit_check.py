"""Is the audit log whole, and do the books say what it says? Read in one transaction, in pieces, remembering little.

Every row must follow from the one before it. What a row says of an entry and its postings, of a decision, of a
transfer's content and final state is held against their own rows: whoever changed one of them past the log stands out,
and so does an entry, a decision or a transfer that the log never heard of. Accounts, holds, recalls, unclaimed money,
the branch and its days have checks of their own (`audit_accounts` and its neighbours).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select, text

from bank_node.ledger.chain import Row, breaks
from bank_node.store import schema
from bank_node.store.archive import BEYOND
from bank_node.store.audit_accounts import AccountCheck
from bank_node.store.audit_archive import ArchiveCheck
from bank_node.store.audit_branch import BranchCheck
from bank_node.store.audit_days import DayCheck
from bank_node.store.audit_holds import HoldCheck
from bank_node.store.audit_opening import CHAIN_OPENED, counts, sums, sums_before
from bank_node.store.audit_queries import rows_after
from bank_node.store.audit_recalls import RecallCheck
from bank_node.store.audit_report import FINDINGS_MAX, ChainReport
from bank_node.store.audit_rows import BESIDE, Posting, Said
from bank_node.store.audit_sent import COLUMNS, SentCheck
from bank_node.store.audit_states import StateCheck
from bank_node.store.audit_terms import TermsCheck
from bank_node.store.audit_unclaimed import UnclaimedCheck
from bank_node.transfers.states import ACCEPTED, COMPLETED, FINAL, REJECTED

ROWS_AT_ONCE = 2_000

E, P, T, D, A = (schema.entries.c, schema.postings.c, schema.transfers.c, schema.decisions.c, schema.audit_log.c)
_ENTRIES = select(E.id, E.kind, E.currency, E.transaction_id, E.text, E.actor, E.at_us).order_by(E.id)
# CROSS JOIN: account by account, each along its own key; an index by entry would slow every entry for this one reader.
_POSTINGS = text(
    "SELECT p.entry_id, p.account_id, p.amount, p.balance_after FROM accounts a CROSS JOIN postings p"
    " WHERE p.account_id = a.id AND p.entry_id BETWEEN :low AND :high"
)
_OF_NO_ACCOUNT = (
    select(P.account_id, P.entry_id)
    .where(P.account_id.not_in(select(schema.accounts.c.id)))
    .order_by(P.account_id, P.entry_id)
    .limit(FINDINGS_MAX)
)
_BEFORE_THE_FIRST = select(A.seq).where(A.seq < 1).order_by(A.seq).limit(FINDINGS_MAX)
_DECISIONS = select(D.transaction_id, D.kind, D.decision, D.content_hash, D.amount, D.account_id, D.reason_code)
_TRANSFERS = select(*COLUMNS)
_BESIDE = (
    AccountCheck,
    StateCheck,
    TermsCheck,
    HoldCheck,
    RecallCheck,
    UnclaimedCheck,
    BranchCheck,
    DayCheck,
    ArchiveCheck,
)
_CONCLUDING = ("transfer_completed", "transfer_refunded", "transfer_inside")
_UNHEARD_OF = {
    "decisions": ("decisions", select(D.transaction_id).where(D.transaction_id.not_in(select(A.subject)))),
    "transfers": ("transfers", select(T.transaction_id).where(T.transaction_id.not_in(select(A.subject)))),
    **{
        state: (
            "transfers",
            select(T.transaction_id).where(
                T.state == state, T.transaction_id.not_in(select(A.subject).where(A.action.in_(_CONCLUDING)))
            ),
        )
        for state in (COMPLETED, REJECTED)
    },
}


def check_chain(connection: Connection) -> ChainReport:
    """The whole check at once."""
    *_, report = check_by_pieces(connection)
    return report


def check_by_pieces(connection: Connection) -> Iterator[ChainReport]:
    """The check, a piece at a time: the one report grows, and is complete at the end."""
    check = _Check(connection)
    while rows := rows_after(connection, check.report.seq, ROWS_AT_ONCE):
        check.take(rows)
        yield check.report
    check.finish()
    check.report.complete = True
    yield check.report


class _Check:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.report = ChainReport()
        self._entry_id = 0  # the last one that was looked at
        self._opening: dict[str, int] = {}  # what there was before the log
        self._noted: Counter[str] = Counter()  # what the log accounts for since
        self._excused: set[int | None] = set()  # entries of which broken rows speak: those rows are named already
        self._holds = True
        self._sent = SentCheck(connection)
        self._beside = [kind(connection, self.report) for kind in _BESIDE]

    def take(self, rows: list[Row]) -> None:
        report = self.report
        broken = {found.seq: found.why for found in breaks(rows, report.seq, report.hash)}
        for seq, why in broken.items():
            report.found("audit_log", seq, why)
        self._holds = self._holds and not broken
        report.rows += len(rows)
        report.seq, report.hash = rows[-1].seq, rows[-1].hash
        said = [one for row in rows if row.seq not in broken and (one := self._read(row)) is not None]
        self._excused = {_entry_of(row) for row in rows if row.seq in broken}
        entries = {one.entry_id: one for one in said if one.entry_id is not None}
        if entries:
            self._hold_entries(self._entry_id + 1, max(entries), entries)
            self._entry_id = max(self._entry_id, *entries)
        self._hold_decisions([one for one in said if one.decision is not None])
        self._hold_transfers([one for one in said if one.state is not None])
        beside = [one for one in said if one.row.action in BESIDE]
        for check in self._beside:
            check.take(beside)

    def _read(self, row: Row) -> Said | None:
        try:
            said = Said.read(row)
            if row.seq == 1 and row.action == CHAIN_OPENED:
                self._opening = {name: int(value) for name, value in said.facts.items()}
                self._entry_id = self._opening["last_entry"]
        except (ValueError, TypeError, KeyError):
            self.report.found("audit_log", row.seq, "it does not speak as such a row does")
            self._holds = False
            return None
        return said

    def _hold_entries(self, low: int, high: int, said: dict[int, Said]) -> None:
        """All entries, and all postings, from the one number to the other."""
        postings: dict[int, set[Posting]] = defaultdict(set)
        entries: dict[int, tuple[Any, ...]] = {}
        if low <= high:
            for entry_id, *posting in self._connection.execute(_POSTINGS, {"low": low, "high": high}):
                postings[entry_id].add(tuple(posting))
            found = self._connection.execute(_ENTRIES.where(E.id.between(low, high)))
            entries |= {id_: tuple(row) for id_, *row in found}
        for id_ in sorted({*entries, *postings} - said.keys() - self._excused):
            self.report.found("entries", id_, "the audit log does not know it")
        for id_, one in said.items():
            self._compare("entries", id_, one, one.entry, entries.get(id_))
            for odd in sorted(postings[id_] ^ one.postings)[:1]:
                self.report.found("postings", f"{odd[0]}/{id_}", f"it is not what {one.where} says")

    def _hold_decisions(self, said: list[Said]) -> None:
        stand: dict[tuple[str | None, str], tuple[Any, ...]] = {}
        for bank in {one.from_bank for one in said}:
            ids = [one.row.subject for one in said if one.from_bank == bank]
            found = self._connection.execute(_DECISIONS.where(D.from_bank == bank, D.transaction_id.in_(ids)))
            stand |= {(bank, row[0]): tuple(row[1:]) for row in found}
        for one in said:
            assert one.decision is not None
            stands = stand.get((one.from_bank, one.row.subject))
            self._compare("decisions", f"{one.from_bank}/{one.row.subject}", one, one.decision, stands)
            _, decision, _, amount, *_ = one.decision
            self._noted["decisions"] += 1
            self._noted["accepted_minor"] += amount if decision == ACCEPTED else 0

    def _hold_transfers(self, said: list[Said]) -> None:
        ids = {one.row.subject for one in said}
        found = self._connection.execute(_TRANSFERS.where(T.transaction_id.in_(ids)))
        stand = {row[0]: tuple(row) for row in found}
        for one in said:
            id_ = one.row.subject
            row = stand.get(id_)
            state = None if row is None else row[-1]
            if one.sent is not None:
                self._compare("transfers", id_, one, one.sent, None if row is None else self._sent.as_noted(row))
                self._noted["transfers"] += 1
                self._noted["sent_minor"] += one.sent[3]
            if one.state in FINAL:
                self._noted[one.state] += 1
                if state is not None and state != one.state:
                    self.report.found("transfers", id_, f"it is {state}; {one.where} says {one.state}")

    def _compare(self, table: str, row: object, one: Said, said: object, stands: object) -> None:
        if stands is None:
            self.report.found(table, row, f"it is gone; {one.where} speaks of it")
        elif stands != said:
            self.report.found(table, row, f"it is not what {one.where} says")

    def finish(self) -> None:
        """What the log never heard of; asked only of a chain that holds, a broken one accounts for nothing.

        But entries and postings whatever their number: a bank counts from 1, who writes past it need not.
        """
        self._hold_entries(self._entry_id + 1, BEYOND, {})
        self._hold_entries(-BEYOND - 1, 0, {})
        for account_id, entry_id in self._connection.execute(_OF_NO_ACCOUNT):
            self.report.found("postings", f"{account_id}/{entry_id}", "there is no such account")
        for seq in self._connection.execute(_BEFORE_THE_FIRST).scalars():
            self.report.found("audit_log", seq, "it stands before the first row")
            self._holds = False
        if not self._holds:
            return
        for check in self._beside:
            check.finish()
        stands = counts(self._connection)
        if self._opening:
            stands |= sums(self._connection) | sums_before(self._connection, self._opening["last_entry"])
        for name, found in stands.items():
            expected = self._opening.get(name, 0) + self._noted[name]
            if found != expected:
                self._name(name, f"there are {found} where the audit log accounts for {expected}")

    def _name(self, what: str, why: str) -> None:
        """The rows themselves, where the log has a line for each; else the sum that does not fit."""
        table, unheard_of = _UNHEARD_OF.get(what, (what, None))
        named = []
        if unheard_of is not None and not self._opening:
            named = list(self._connection.execute(unheard_of.limit(FINDINGS_MAX)).scalars())
        for row in named:
            self.report.found(
                table, row, "the audit log does not know it" if what == table else "it ended past the log"
            )
        if not named:
            self.report.found(table, what, why)


def _entry_of(row: Row) -> int | None:
    try:
        return Said.read(row).entry_id
    except ValueError:
        return None
