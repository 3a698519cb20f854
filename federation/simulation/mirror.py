"""What a bank's committed books say, kept row by row as units of work are committed.

Temporary triggers on the line tell of each row that is written; a roll-back forgets them. It is what `store.snapshot`
would read, without reading it; the judge compares the two now and then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bank_node.ledger.laws import AccountLine
from bank_node.store.standing import FACT as SUSPECT
from bank_node.transfers.snapshot import BankSnapshot, DecisionLine, SenderLine
from federation.simulation.line import Line

_ACCOUNT = "id, code, kind, currency, balance, held, floor, state"
_SENT = (
    "transaction_id, kind, original_transaction_id, to_bank, amount, currency, state, content_hash, returned,"
    " created_us, quiet_ms, due_us"
)
_DECIDED = (
    "from_bank, transaction_id, kind, decision, content_hash, original_transaction_id, amount, currency, reserved"
)
_SENT_MORE, _DECIDED_MORE = "answer, account_id", "reason_code"

# What is told of: (name of the teller, table, when, columns of the new row, condition)
_TOLD = (
    ("account", "accounts", "INSERT", _ACCOUNT, ""),
    ("account", "accounts", "UPDATE OF balance, held, floor, state", _ACCOUNT, ""),
    ("sent", "transfers", "INSERT", f"{_SENT}, {_SENT_MORE}", "WHEN NEW.kind <> 'inside'"),
    ("sent", "transfers", "UPDATE OF state, returned, amount, content_hash, answer", f"{_SENT}, {_SENT_MORE}", ""),
    ("decided", "decisions", "INSERT", f"{_DECIDED}, {_DECIDED_MORE}", ""),
    ("decided", "decisions", "UPDATE OF decision, content_hash, amount, reserved", f"{_DECIDED}, {_DECIDED_MORE}", ""),
    ("repeated", "decisions", "UPDATE OF repeats_ignored", "decision", ""),
    ("entry", "entries", "INSERT", "id, kind, transaction_id", ""),
    ("posting", "postings", "INSERT", "account_id, entry_id, amount", ""),
    ("message", "outbox", "INSERT", "type, attempt, transaction_id", ""),
    ("message", "outbox", "UPDATE OF attempt", "type, attempt, transaction_id", ""),
    ("incident", "incidents", "INSERT", "kind, peer, transaction_id", ""),
    ("held", "quarantine", "INSERT", "code, text, transaction_id", ""),
    ("fact", "bank_facts", "INSERT", "name, value", ""),
    ("fact", "bank_facts", "UPDATE", "name, value", ""),
    ("asked_back", "recalls", "INSERT", "state", ""),
    ("asked_back", "recalls", "UPDATE OF state", "state", ""),
    ("recall", "recall_requests", "INSERT", "state, recall_id", ""),
    ("recall", "recall_requests", "UPDATE OF state", "state, recall_id", ""),
    ("event", "transfer_events", "INSERT", "kind, transaction_id, facts", ""),
)
Row = tuple[str, tuple[Any, ...]]  # which teller, the columns


@dataclass(slots=True)
class Account:
    code: str
    kind: str
    currency: str
    balance_minor: int
    held_minor: int
    floor_minor: int
    state: str
    posted_minor: int = 0
    _line: AccountLine | None = field(default=None, compare=False)  # from one commit to the next hardly any changes

    def post(self, amount_minor: int) -> None:
        self.posted_minor += amount_minor
        self._line = None

    def line(self) -> AccountLine:
        if self._line is None:
            self._line = AccountLine(
                self.code,
                self.kind,
                self.currency,
                self.balance_minor,
                self.held_minor,
                self.floor_minor,
                self.posted_minor,
            )
        return self._line


@dataclass(slots=True)
class Mirror:
    """`pending` is what the unit of work under way has written."""

    bank_id: str
    accounts: dict[int, Account] = field(default_factory=dict)
    sent: dict[str, SenderLine] = field(default_factory=dict)
    decided: dict[tuple[str, str], DecisionLine] = field(default_factory=dict)
    suspect: bool = False  # it says so itself
    left_out: bool = False  # an old backup was restored: it will have to say so
    pending: list[Row] = field(default_factory=list)

    def attach(self, line: Line) -> None:
        """Listens to this line, and takes in what is there."""
        line.told = self.pending
        if not line.tells:
            _make_tell(line)
        self.read(line)

    def read(self, line: Line) -> None:
        """Everything anew, from the tables."""
        self.pending.clear()
        posted = dict(line.look("SELECT account_id, sum(amount) FROM postings GROUP BY account_id"))
        rows = line.look(f"SELECT {_ACCOUNT} FROM accounts ORDER BY id")
        self.accounts = {row[0]: Account(*row[1:]) for row in rows}
        for id_, account in self.accounts.items():
            account.post(posted.get(id_, 0))
        rows = line.look(f"SELECT {_SENT} FROM transfers WHERE kind <> 'inside'")
        self.sent = {row[0]: SenderLine(*row) for row in rows}
        rows = line.look(f"SELECT {_DECIDED} FROM decisions")
        self.decided = {(row[0], row[1]): DecisionLine(*row) for row in rows}
        (found,) = line.look("SELECT count(*) FROM bank_facts WHERE name = ?", (SUSPECT,)).fetchone()
        self.suspect = bool(found)

    @property
    def unsound(self) -> bool:
        """Not to be believed: the laws between banks leave it out."""
        return self.suspect or self.left_out

    def facts(self) -> tuple[object, ...]:
        """All but what is about time: two mirrors of the same books say the same."""
        accounts = {(account.code, account.currency): account.line() for account in self.accounts.values()}
        sent = {
            id_: (row.to_bank, row.amount_minor, row.state, row.content_hash, row.returned_minor)
            for id_, row in self.sent.items()
        }
        return accounts, sent, dict(self.decided)

    def snapshot(self, line: Line, at_us: int) -> BankSnapshot:
        """What was just read, as the laws read it."""
        unbalanced = line.look("SELECT entry_id FROM postings GROUP BY entry_id HAVING sum(amount) <> 0")
        return BankSnapshot(
            self.bank_id,
            "",
            at_us,
            unbalanced_entries=tuple(row[0] for row in unbalanced),
            accounts=[account.line() for account in self.accounts.values()],
            sent=[self.sent[id_] for id_ in sorted(self.sent)],
            decided=[self.decided[key] for key in sorted(self.decided)],
        )

    def roll_back(self) -> None:
        self.pending.clear()


def _make_tell(line: Line) -> None:
    """From now on each row that is written here is told to whoever listens."""
    for name in {told[0] for told in _TOLD}:
        line.create_function(f"tell_{name}", -1, partial(_tell, line, name))
    for number, (name, table, when, columns, condition) in enumerate(_TOLD):
        new = ", ".join(f"NEW.{column}" for column in columns.split(", "))
        line.look(
            f"CREATE TEMP TRIGGER told_{number} AFTER {when} ON main.{table} {condition} "
            f"BEGIN SELECT tell_{name}({new}); END"
        )
    line.tells = True


def _tell(line: Line, name: str, *row: Any) -> None:
    line.told.append((name, row))
