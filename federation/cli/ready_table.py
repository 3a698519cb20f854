"""The ready table that `up` prints: where each bank is, who signs in how, and what to try next."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from federation.cli.show import Paint, table, width
from federation.launcher.status import BankStatus, FederationStatus
from federation.roster import Member, Roster

HEADERS = ("bank", "address", "teller", "supervisor", "pid", "database", "API docs")


def ready_table(status: FederationStatus, roster: Roster, paint: Paint, on_terminal: bool) -> str:
    rows = [_row(bank, roster.member(bank.id), paint) for bank in status.banks]
    text = table(HEADERS, rows, paint, right=(4,))
    if on_terminal and max(map(width, text.splitlines())) > shutil.get_terminal_size().columns:
        text = "\n".join(_card(row, paint) for row in rows)
    return "\n".join([_headline(status, paint), "", text, "", *_next(status, roster, paint)])


def _headline(status: FederationStatus, paint: Paint) -> str:
    ready = sum(bank.serves for bank in status.banks)
    words = "already running" if status.already else "running"
    broker = status.broker
    pid = f", pid {broker.pid}" if broker.pid else ""
    where = f"{broker.kind} at {broker.bootstrap}" if broker.kind in ("kafka", "docker") else broker.bootstrap
    banks = f"{ready} of {len(status.banks)} banks ready"
    line = f"{paint.bold(words)}: {banks}; broker {where}{pid} {paint.chip(broker.state)}"
    return f"{line}\n{paint.red(broker.note)}" if broker.note and broker.state != "up" else line


def _row(bank: BankStatus, member: Member, paint: Paint) -> list[str]:
    def sign_in(role: str) -> str:
        person = member.person(role)
        return f"{person.username} / {person.password}"

    name = paint.bold(bank.id) if bank.serves else f"{paint.bold(bank.id)} {paint.chip(bank.state)}"
    pid = str(bank.pid or "–")
    return [name, bank.url, sign_in("teller"), sign_in("supervisor"), pid, short(bank.database), f"{bank.url}/docs"]


def _card(row: Sequence[str], paint: Paint) -> str:
    name, url, teller, supervisor, pid, database, docs = row
    lines = [
        f"{name}  {url}  {paint.dim('API docs')} {docs}",
        f"      {paint.dim('teller')} {teller}  {paint.dim('supervisor')} {supervisor}",
        f"      {paint.dim('pid')} {pid}  {paint.dim('database')} {database}",
    ]
    return "\n".join(lines)


def _next(status: FederationStatus, roster: Roster, paint: Paint) -> list[str]:
    command = os.environ.get("BANKFED_COMMAND", "bankfed")
    data = "" if status.data == Path(".bankfed").absolute() else f" --data {_quoted(str(status.data))}"
    first, *others = roster.members.values()
    payer = first.accounts[0].number
    payee = others[0].accounts[0].number if others else first.accounts[1].number
    tries = [
        (f"{command} open {first.id}{data}", "sign in as a teller in the browser"),
        (f"{command} send {payer} {payee} 12.50{data}", "send 12.50 EUR and see it arrive"),
        (f"{command} demo{data}", "kill the broker, pay, heal: nothing is lost"),
    ]
    columns = max(len(line) for line, _ in tries)
    return [paint.bold("Try next"), *(f"  {line.ljust(columns)}  {paint.dim(why)}" for line, why in tries)]


def short(path: str) -> str:
    """Relative to here where it lies below; as it is otherwise."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)
