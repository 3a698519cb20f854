"""The verdict of an audit: each law with its breaches, the conservation meter, what is still under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bank_node.ledger.chart import CUSTOMER, SUSPENSE_OUT, UNCLAIMED
from bank_node.transfers.laws import LAWS, MoneySum, money_by_currency
from bank_node.transfers.snapshot import BankSnapshot
from bank_node.transfers.states import OPEN
from federation.audit.chain import BankAudit
from federation.audit.one_moment import at_one_moment
from federation.audit.reading import RUNNING, Reading

LIVENESS = "I7"
LIVENESS_SLACK_S = 60.0
BREACHES_MAX = 20  # told of one law


@dataclass(frozen=True, slots=True)
class LawVerdict:
    """`breaches` are sentences; `not_asked` says why a law could not be asked now."""

    id: str
    title: str
    breaches: tuple[str, ...] = ()
    not_asked: str = ""

    @property
    def ok(self) -> bool:
        return not self.breaches


@dataclass(frozen=True, slots=True)
class BankMoney:
    bank_id: str
    source: str
    currency: str
    in_accounts_minor: int
    leaving_minor: int  # debited here, and the other bank's answer is not here yet


@dataclass(frozen=True, slots=True)
class Verdict:
    laws: tuple[LawVerdict, ...]
    by_currency: Mapping[str, MoneySum]
    by_bank: tuple[BankMoney, ...]
    open_transfers: int
    transfers: int
    suspect: tuple[str, ...] = ()  # left out: these banks forgot what they did
    audit: tuple[BankAudit, ...] = ()

    @property
    def ok(self) -> bool:
        return all(law.ok for law in self.laws) and all(bank.ok for bank in self.audit)


def judge(reading: Reading, *, audit: bool = False) -> Verdict:
    """Asks every law; with `audit` also, which takes longer, whether each bank's books are what its audit log says, and
    whether that log has what the other banks heard of it.

    A federation may run and be used meanwhile.
    """
    banks = at_one_moment(reading.banks, reading.reread)
    return Verdict(
        laws=tuple(_asked(banks, reading)),
        by_currency=dict(sorted(money_by_currency(banks).items())),
        by_bank=tuple(_money(banks, reading.sources)),
        open_transfers=sum(row.state in OPEN for bank in banks.values() for row in bank.sent),
        transfers=sum(len(bank.sent) for bank in banks.values()),
        suspect=tuple(name for name, bank in banks.items() if bank.suspect),
        audit=tuple(_audits(reading)) if audit else (),
    )


def _audits(reading: Reading) -> Iterator[BankAudit]:
    """Each log, read after all banks have said what they heard of it: it can only have grown since."""
    sound = {name: bank for name, bank in reading.banks.items() if not bank.suspect}
    for name in reading.banks:
        heard = {other: bank.heard[name] for other, bank in sound.items() if name in bank.heard}
        if name in sound:
            yield reading.audit(name, sorted({seq for seq, _ in heard.values()})).held_against(heard)
        else:
            yield replace(reading.audit(name, ()), not_compared="the bank is SUSPECT")


def _asked(banks: Mapping[str, BankSnapshot], reading: Reading) -> Iterator[LawVerdict]:
    unquiet = why_not_quiet(reading)
    for law in LAWS:
        if law.id == LIVENESS and unquiet:
            yield LawVerdict(law.id, law.title, not_asked=unquiet)
            continue
        found = tuple(breach for breach, _ in zip(law.breaches(banks), range(BREACHES_MAX), strict=False))
        yield LawVerdict(law.id, law.title, found)


def why_not_quiet(reading: Reading) -> str:
    """Why a transfer may rightly be open for long: a bank or the broker was away a moment ago. Empty: it may not."""
    stopped = [name for name, source in reading.sources.items() if source != RUNNING]
    if stopped:
        return f"{', '.join(stopped)} {'is' if len(stopped) == 1 else 'are'} stopped"
    needed_s = LIVENESS_SLACK_S + max(
        (1.2 * row.quiet_ms / 1000 for bank in reading.banks.values() for row in bank.sent if row.state in OPEN),
        default=0.0,
    )
    for name, said in reading.health.items():
        link = said.get("broker")
        if not isinstance(link, dict) or link.get("state") != "up":
            return f"{name} has no broker"
        up_s = min(_since_s(link.get("since")), float(said.get("uptime_s") or 0))
        if up_s < needed_s:
            return f"{name} has had its broker for {up_s:.0f} s only"
    return ""


def _since_s(moment: Any) -> float:
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except (TypeError, ValueError):
        return 0.0


def _money(banks: Mapping[str, BankSnapshot], sources: Mapping[str, str]) -> Iterator[BankMoney]:
    for name, bank in banks.items():
        sums: dict[str, list[int]] = {}
        for account in bank.accounts:
            place = {CUSTOMER: 0, UNCLAIMED: 0, SUSPENSE_OUT: 1}.get(account.kind)
            if place is not None:
                sums.setdefault(account.currency, [0, 0])[place] += account.balance_minor
        for currency, (in_accounts, leaving) in sorted(sums.items()):
            yield BankMoney(name, sources.get(name, ""), currency, in_accounts, leaving)
