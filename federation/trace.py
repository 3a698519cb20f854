"""One transfer over all banks: what each bank that has it says of it, as log lines.

A bank does not log every transfer (it keeps their history in its books), so `bankfed logs --trace` asks for it here.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from federation.client import BankClient
from federation.failure import Failure
from federation.logbook import LogLine
from federation.roster import Roster

_WHOLE_ID = re.compile(r"[A-Za-z0-9._-]{16,64}")
_TOLD = ("amount_minor", "currency", "state", "from_account", "to_account")


def steps(roster: Roster, transaction_id: str) -> list[LogLine]:
    """By time; empty for what is no whole id. Banks that are away or do not know it are left out."""
    if not _WHOLE_ID.fullmatch(transaction_id):
        return []
    lines: list[LogLine] = []
    for member in roster.members.values():
        try:
            with BankClient.of(member, "auditor", timeout_s=2.0) as client:
                lines += said_by(member.id, client.transfer(transaction_id))
        except Failure:
            continue
    return sorted(lines, key=lambda line: line.at_us)


def said_by(bank: str, transfer: dict[str, Any]) -> list[LogLine]:
    """A bank's history of a transfer. What it heard of the other bank's clock is left to the other bank."""
    told = {name: transfer[name] for name in _TOLD if transfer.get(name) is not None}
    lines = []
    for number, moment in enumerate(transfer.get("history", ())):
        if "at" not in moment:
            continue
        facts = {name: value for name, value in moment.items() if name not in ("at", "what")}
        at_us = round(datetime.fromisoformat(moment["at"]).timestamp() * 1_000_000)
        fields = {"transfer": transfer["transaction_id"], **(told if number == 0 else {}), **facts}
        lines.append(LogLine(at_us, bank, "info", str(moment["what"]), fields))
    return lines
