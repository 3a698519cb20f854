"""Proves that no cent moved wrongly, while the federation runs or while it is stopped.

Every bank is read as its auditor, a stopped one from its file; then ten laws are asked over all of them together, and
each bank's books are held against its audit log, whose rows are chained: whoever changed a row past the bank is named.
The log itself is held against what the other banks heard of it: an old backup, or an end written anew, is named too.
Exit code 0: all hold; 6: one is broken, and the sentences say where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from federation.cli.call import Answer, Call, verb
from federation.cli.show import Paint, table
from federation.failure import ExitCode

if TYPE_CHECKING:
    from federation.audit.chain import BankAudit
    from federation.audit.verdict import LawVerdict, Verdict


@verb(
    ("bankfed verify", "money, decisions and books of all banks"),
    ("bankfed verify --json", "for a program"),
)
def command(call: Call) -> Answer:
    from federation.audit.reading import reading
    from federation.audit.verdict import judge
    from federation.roster import read_roster

    roster = read_roster(call.data)
    with call.ticks.step(f"reading {len(roster.members)} banks"), reading(roster) as read:
        verdict = judge(read, audit=True)
    return Answer(as_json(verdict), words(verdict, call.paint), ExitCode.OK if verdict.ok else ExitCode.LAW_BROKEN)


def as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "laws": [{"id": law.id, "ok": law.ok, "detail": detail(law), "title": law.title} for law in verdict.laws],
        "by_currency": [
            {
                "currency": currency,
                "issued_minor": money.issued_minor,
                "in_accounts_minor": money.in_accounts_minor,
                "in_flight_minor": money.in_flight_minor,
                "left_out_minor": money.left_out_minor,
            }
            for currency, money in verdict.by_currency.items()
        ],
        "audit": [
            {
                "bank": audit.bank,
                "rows": audit.rows,
                "head": {"seq": audit.head[0], "hash": audit.head[1]},
                "ok": audit.ok,
                "detail": audit.detail,
                "known_to": list(audit.known_to),
                "not_compared": audit.not_compared,
            }
            for audit in verdict.audit
        ],
        "suspect": list(verdict.suspect),
        "open_transfers": verdict.open_transfers,
        "transfers": verdict.transfers,
    }


def detail(law: LawVerdict) -> str:
    if law.breaches:
        return "; ".join(law.breaches)
    return f"not asked now: {law.not_asked}" if law.not_asked else "holds"


def words(verdict: Verdict, paint: Paint) -> str:
    """What a student reads: the money of each bank, the sum, the laws, the verdict."""
    parts = [
        _banks(verdict, paint),
        _sums(verdict, paint),
        _laws(verdict, paint),
        _audits(verdict, paint),
        _conclusion(verdict, paint),
    ]
    return "\n\n".join(part for part in parts if part)


def _banks(verdict: Verdict, paint: Paint) -> str:
    rows = []
    for name in dict.fromkeys(money.bank_id for money in verdict.by_bank):
        own = [money for money in verdict.by_bank if money.bank_id == name]
        kept = ", ".join(_amount(money.in_accounts_minor, money.currency) for money in own)
        leaving = [_amount(money.leaving_minor, money.currency) for money in own if money.leaving_minor]
        stopped = "" if own[0].source == "running" else f"; {own[0].source}, read from its file"
        if name in verdict.suspect:
            stopped += paint.red("; SUSPECT, left out: its books are older than what it has told the others")
        on_way = f", {', '.join(leaving)} on its way out" if leaving else ""
        rows.append([paint.bold(name), f"{kept} in accounts{on_way}{stopped}"])
    return table(["bank", "money"], rows, paint) if rows else ""


def _sums(verdict: Verdict, paint: Paint) -> str:
    rows = []
    for currency, money in verdict.by_currency.items():
        gap = money.gap_minor
        last = f"{paint.sign('ok')} equal" if gap == 0 else f"{paint.sign('bad')} {_amount(gap, currency)} apart"
        if money.left_out_minor:
            last += f", {_amount(money.left_out_minor, currency)} being with banks that are left out"
        figures = (money.issued_minor, money.in_accounts_minor, money.in_flight_minor)
        rows.append([currency, *(_amount(minor, currency, bare=True) for minor in figures), last])
    headers = ["currency", "paid in", "= in accounts", "+ under way", ""]
    return table(headers, rows, paint, right=(1, 2, 3)) if rows else ""


def _laws(verdict: Verdict, paint: Paint) -> str:
    lines = []
    for law in verdict.laws:
        sign = "bad" if law.breaches else "skip" if law.not_asked else "ok"
        more = paint.dim(f" ({law.not_asked})") if law.not_asked else ""
        lines.append(f"{paint.sign(sign)} {law.id:<4}{law.title}{more}")
        lines += [f"       {breach}" for breach in law.breaches]
    return "\n".join(lines)


def _audits(verdict: Verdict, paint: Paint) -> str:
    lines = []
    for audit in verdict.audit:
        says = f"{audit.rows:,} rows, the newest {audit.head[1][:12]}, {_known(audit)}" if audit.ok else "is broken"
        lines.append(f"{paint.sign('ok' if audit.ok else 'bad')} Audit log of {audit.bank}: {says}")
        lines += [f"       {finding}" for finding in audit.detail.split("; ") if not audit.ok]
    return "\n".join(lines)


def _known(audit: BankAudit) -> str:
    if audit.not_compared:
        return f"not held against what others heard of it: {audit.not_compared}"
    return f"known to {', '.join(audit.known_to) or 'no other bank'}"


def _conclusion(verdict: Verdict, paint: Paint) -> str:
    under_way = f"{verdict.open_transfers} of {verdict.transfers} transfers are still under way"
    left_out = f" among the others; left out: {', '.join(verdict.suspect)}" if verdict.suspect else ""
    if verdict.ok:
        return paint.green(paint.bold(f"No cent moved wrongly{left_out}.")) + f" {under_way}."
    wrong = [law.id for law in verdict.laws if not law.ok]
    broken = ", ".join(wrong + [f"audit log of {audit.bank}" for audit in verdict.audit if not audit.ok])
    return paint.red(paint.bold(f"Broken: {broken}.")) + f" {under_way}. Follow one: bankfed logs --trace ID"


def _amount(minor: int, currency: str, bare: bool = False) -> str:
    from bank_node.ledger.money import format_amount

    text = format_amount(minor, currency)
    return text if bare else f"{text} {currency}"
