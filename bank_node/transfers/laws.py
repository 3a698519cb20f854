"""The laws I1 to I10, one list, over snapshots of all banks. Each yields a sentence per breach.

They hold at every instant. Snapshots of a running federation are not taken at one instant, so whoever reads them first
brings the transfers on which two banks disagree to one moment (`federation.audit`), or leaves them listed as in flight.
I7 (nothing stays open) is about time: it is asked only once everything should be quiet.

A SUSPECT bank forgot what it has done: what the others say about it is not held against it, nor its word against them.
I1, I2 and I8 to I10 are about one bank alone, and hold for that one too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bank_node.ledger.chart import CASH, CLEARING, CUSTOMER, SUSPENSE_OUT, UNCLAIMED, clearing, peer_of
from bank_node.ledger.laws import balances_are_sums, postings_balance
from bank_node.transfers.snapshot import BankSnapshot, SenderLine
from bank_node.transfers.states import ACCEPTED, COMPLETED, INSIDE, OPEN, REJECTED, RETURN

Federation = Mapping[str, BankSnapshot]
Pair = tuple[str, str]  # of banks, in their order
SLACK_MS = 60_000
_CLEARING = clearing("")


@dataclass(frozen=True, slots=True)
class Law:
    id: str
    title: str
    breaches: Callable[[Federation], Iterator[str]]


def each_entry_balances(federation: Federation) -> Iterator[str]:
    for bank in federation.values():
        for breach in postings_balance(bank.accounts, bank.unbalanced_entries):
            yield f"{bank.bank_id}: {breach}"


def each_balance_is_its_postings(federation: Federation) -> Iterator[str]:
    for bank in federation.values():
        for breach in balances_are_sums(bank.accounts):
            yield f"{bank.bank_id}: {breach}"


def one_decision_both_agree(federation: Federation) -> Iterator[str]:
    """I3."""
    for bank in federation.values():
        times = Counter((decision.from_bank, decision.transaction_id) for decision in bank.decided)
        for (from_bank, transaction_id), count in times.items():
            if count > 1:
                yield f"{bank.bank_id} decided {transaction_id} from {from_bank} {count} times"
    for sender, row, receiver in _pairs(federation):
        decision = receiver.decision_on(sender.bank_id, row.transaction_id)
        accepted = decision is not None and decision.decision == ACCEPTED and decision.content_hash == row.content_hash
        if row.state == COMPLETED and not accepted:
            yield f"{row.transaction_id} is completed at {sender.bank_id}, but {receiver.bank_id} never credited it"
        if row.state == REJECTED and accepted:
            yield f"{row.transaction_id} was refunded at {sender.bank_id} and credited at {receiver.bank_id}"


def money_is_conserved(federation: Federation) -> Iterator[str]:
    """I4, per currency: customers + unclaimed + suspense:out − ΣU = deposits − withdrawals."""
    for currency, money in sorted(money_by_currency(federation).items()):
        if money.gap_minor:
            lost = money.gap_minor
            words = f"{abs(lost)} minor units of {currency} {'are missing' if lost > 0 else 'came from nowhere'}"
            where = f"{money.in_accounts_minor} are in accounts, {money.in_flight_minor} on the way"
            yield f"{words}: {money.issued_minor} were paid in, {where}"


def clearing_mirrors(federation: Federation) -> Iterator[str]:
    """I5: clearing at A for B + clearing at B for A = −U(A,B) + S at A + S at B."""
    total: dict[tuple[Pair, str], int] = defaultdict(int)
    expected: dict[tuple[Pair, str], int] = defaultdict(int)
    sound = _sound(federation)
    for name, bank in sound.items():
        for account in bank.accounts:
            if account.code.startswith(_CLEARING) and (peer := peer_of(account.code)) in sound and peer != name:
                total[_pair(name, peer), account.currency] += account.balance_minor
        for where, settled_minor in bank.settled_minor.items():
            peer, _, currency = where.partition("/")
            if peer in sound and peer != name:
                expected[_pair(name, peer), currency] += settled_minor
    for pair, amount in _accepted_but_open(federation).items():
        expected[pair] -= amount
    for (a, b), currency in sorted(total.keys() | expected.keys()):
        stands, due = total[(a, b), currency], expected[(a, b), currency]
        if stands != due:
            yield f"clearing between {a} and {b} in {currency} sums to {stands}, not to {due}"


def nothing_is_minted(federation: Federation) -> Iterator[str]:
    """I6: every ACCEPTED decision has a sender row with the same hash."""
    sound = _sound(federation)
    for bank in sound.values():
        for decision in bank.decided:
            sender = sound.get(decision.from_bank)
            if decision.decision != ACCEPTED or sender is None:
                continue
            row = sender.row_of(decision.transaction_id)
            if row is None or row.content_hash != decision.content_hash:
                yield f"{bank.bank_id} credited {decision.transaction_id}, which {decision.from_bank} never sent so"


def nothing_stays_open(federation: Federation) -> Iterator[str]:
    """I7: with broker and banks up, nothing is open longer than its current back-off + 60 s."""
    suspect = federation.keys() - _sound(federation).keys()
    for bank in _sound(federation).values():
        for row in bank.sent:
            if row.to_bank in suspect:
                continue
            waited_ms = (bank.at_us - row.created_us) // 1000
            if row.state in OPEN and waited_ms > row.quiet_ms * 1.2 + SLACK_MS:
                yield f"{row.transaction_id} at {bank.bank_id} is {row.state} for {waited_ms // 1000} s"


def returns_fit_their_original(federation: Federation) -> Iterator[str]:
    """I8, per original: returns accepted at A = A's returned ≤ B's reserved = B's returns not rejected ≤ amount."""
    for bank in federation.values():
        came: dict[str, int] = defaultdict(int)
        for decision in bank.decided:
            if decision.kind == RETURN and decision.decision == ACCEPTED and decision.original_transaction_id:
                came[decision.original_transaction_id] += decision.amount_minor or 0
        for row in bank.sent:
            if row.returned_minor != came[row.transaction_id] or row.returned_minor > row.amount_minor:
                words = f"says {row.returned_minor} of {row.amount_minor} came back; {came[row.transaction_id]} did"
                yield f"{row.transaction_id} at {bank.bank_id} {words}"
        if not bank.ids_only:
            yield from _reserves(bank)


def _reserves(bank: BankSnapshot) -> Iterator[str]:
    going: dict[tuple[str, str], int] = defaultdict(int)
    for row in bank.sent:
        if row.kind == RETURN and row.state != REJECTED and row.original_transaction_id:
            going[row.to_bank, row.original_transaction_id] += row.amount_minor
    for decision in bank.decided:
        due = going[decision.from_bank, decision.transaction_id]
        if decision.reserved_minor != due or due > (decision.amount_minor or 0):
            words = f"reserves {decision.reserved_minor}; its returns are {due}"
            yield f"{bank.bank_id}, {decision.transaction_id}: {words}"


def suspense_is_what_is_open(federation: Federation) -> Iterator[str]:
    """I9, bank-local: suspense:out = the sum of the open sender rows."""
    for bank in federation.values():
        if bank.ids_only:
            continue
        due: dict[str, int] = defaultdict(int)
        for row in bank.sent:
            if row.state in OPEN:
                due[row.currency] += row.amount_minor
        for currency in _currencies(bank):
            stands = _balance(bank, SUSPENSE_OUT, currency)
            if stands != due[currency]:
                yield f"{bank.bank_id}: suspense:out in {currency} is {stands}; open transfers are {due[currency]}"


def clearing_is_what_was_decided(federation: Federation) -> Iterator[str]:
    """I10, bank-local: clearing:Y = completed rows to Y − decisions accepted from Y + settlements."""
    for bank in federation.values():
        if bank.ids_only:
            continue
        due: dict[tuple[str, str], int] = defaultdict(int)
        for row in bank.sent:
            if row.state == COMPLETED and row.kind != INSIDE:
                due[row.to_bank, row.currency] += row.amount_minor
        for decision in bank.decided:
            if decision.decision == ACCEPTED:
                due[decision.from_bank, decision.currency or ""] -= decision.amount_minor or 0
        stands = _clearing_balances(bank)
        for peer, currency in sorted({*due, *((peer_of(code), currency) for code, currency in stands)}):
            expected = due[peer, currency] + _settled(bank, peer, currency)
            found = stands.get((clearing(peer), currency), 0)
            if found != expected:
                yield f"{bank.bank_id}: clearing:{peer} in {currency} is {found}; its transfers make {expected}"


LAWS = (
    Law("I1", "Every entry balances", each_entry_balances),
    Law("I2", "Every balance is the sum of its postings, none below its floor", each_balance_is_its_postings),
    Law("I3", "One decision per transfer, and both banks agree on it", one_decision_both_agree),
    Law("I4", "Money is conserved over the federation", money_is_conserved),
    Law("I5", "Clearing accounts mirror each other", clearing_mirrors),
    Law("I6", "Nothing is minted", nothing_is_minted),
    Law("I7", "Nothing stays open", nothing_stays_open),
    Law("I8", "Returns fit their original", returns_fit_their_original),
    Law("I9", "Suspense is what is open", suspense_is_what_is_open),
    Law("I10", "Clearing is what was decided", clearing_is_what_was_decided),
)


@dataclass(slots=True)
class MoneySum:
    """Of one currency, in minor units: paid in by cash, standing on customers' accounts, on the way between banks."""

    issued_minor: int = 0
    in_accounts_minor: int = 0
    in_flight_minor: int = 0
    left_out_minor: int = 0  # gone to banks that are not looked at (below zero: come from them)

    @property
    def gap_minor(self) -> int:
        """What is missing (below zero: what came from nowhere)."""
        return self.issued_minor - self.in_accounts_minor - self.in_flight_minor - self.left_out_minor


def money_by_currency(federation: Federation) -> dict[str, MoneySum]:
    """The conservation meter. `in_flight` is suspense less what the other bank has credited already."""
    sums: dict[str, MoneySum] = defaultdict(MoneySum)
    sound = _sound(federation)
    for bank in sound.values():
        for account in bank.accounts:
            money = sums[account.currency]
            if account.kind in (CUSTOMER, UNCLAIMED):
                money.in_accounts_minor += account.balance_minor
            elif account.kind == SUSPENSE_OUT:
                money.in_flight_minor += account.balance_minor
            elif account.kind in CASH:
                money.issued_minor -= account.balance_minor
            elif account.kind == CLEARING and (peer := peer_of(account.code)) not in sound:
                money.left_out_minor += account.balance_minor - _settled(bank, peer, account.currency)
    for (_, currency), amount in _accepted_but_open(federation).items():
        sums[currency].in_flight_minor -= amount
    return dict(sums)


def _accepted_but_open(federation: Federation) -> dict[tuple[Pair, str], int]:
    """U(X,Y): accepted at one bank of the pair while the sender row at the other is still open."""
    underway: dict[tuple[Pair, str], int] = defaultdict(int)
    sound = _sound(federation)
    for sender, bank in sound.items():
        for row in bank.sent:
            if row.state not in OPEN or row.to_bank == sender or row.to_bank not in sound:
                continue
            decision = sound[row.to_bank].decision_on(sender, row.transaction_id)
            if decision is not None and decision.decision == ACCEPTED:
                underway[_pair(sender, row.to_bank), row.currency] += decision.amount_minor or 0
    return underway


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def _pairs(federation: Federation) -> Iterator[tuple[BankSnapshot, SenderLine, BankSnapshot]]:
    sound = _sound(federation)
    for sender in sound.values():
        for row in sender.sent:
            receiver = sound.get(row.to_bank)
            if receiver is not None and receiver is not sender:
                yield sender, row, receiver


def _sound(federation: Federation) -> dict[str, BankSnapshot]:
    return {name: bank for name, bank in federation.items() if not bank.suspect}


def _balance(bank: BankSnapshot, code: str, currency: str) -> int:
    return sum(a.balance_minor for a in bank.accounts if a.code == code and a.currency == currency)


def _clearing_balances(bank: BankSnapshot) -> dict[tuple[str, str], int]:
    return {(a.code, a.currency): a.balance_minor for a in bank.accounts if a.code.startswith(_CLEARING)}


def _settled(bank: BankSnapshot, peer: str, currency: str) -> int:
    return bank.settled_minor.get(f"{peer}/{currency}", 0)


def _currencies(*banks: BankSnapshot) -> list[str]:
    return sorted({account.currency for bank in banks for account in bank.accounts})
