"""Signed addresses: whoever has one may read one statement until it expires, and cannot make another one of it.

The signature covers everything the address says: bank, account, days, and until when. The key is in DATA_DIR/secrets,
made at the first need; deleting it makes every address out there invalid.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlencode

from bank_node.bank import Bank
from bank_node.ledger.errors import Refusal
from bank_node.people.tokens import load_secret
from bank_node.statements.period import Period, read_day

GOOD_FOR_S = 15 * 60
_DAMAGED = "Delete it: a new one is made, and addresses of statements given out before are not good any more."
_REFUSED = "this address is not one the bank gave out, or somebody has changed it; ask for the statement again"
_EXPIRED = "this address has expired; ask for the statement again"


@dataclass(frozen=True, slots=True)
class StatementLink:
    """`path` leads to the PDF, without signing in."""

    path: str
    expires_us: int


def link_to(bank: Bank, number: str, period: Period) -> StatementLink:
    """Reads the secret, so not from the event loop."""
    expires_s = bank.clock.now_us() // 1_000_000 + GOOD_FOR_S
    said = {"from": period.first, "until": period.last, "expires": str(expires_s)}
    query = urlencode({**said, "signature": _sign(bank, number, said)})
    return StatementLink(f"/statements/{number}.pdf?{query}", expires_s * 1_000_000)


def read_link(bank: Bank, number: str, said: Mapping[str, str]) -> Period:
    """The days that a genuine address names. Raises Refusal: forged, or expired."""
    given = {name: said.get(name, "") for name in ("from", "until", "expires")}
    signature = said.get("signature", "")
    if not hmac.compare_digest(_sign(bank, number, given).encode(), signature.encode("utf-8", "replace")):
        raise Refusal("forbidden", _REFUSED)
    if bank.clock.now_us() >= int(given["expires"]) * 1_000_000:
        raise Refusal("forbidden", _EXPIRED)
    return Period(read_day(given["from"], "from"), read_day(given["until"], "until"))


def _sign(bank: Bank, number: str, said: Mapping[str, str]) -> str:
    key = load_secret(bank.settings.data_dir / "secrets", "statements", _DAMAGED)
    words = ("bankfed.statement", bank.charter.federation_id, bank.charter.bank_id, number)
    text = "\n".join((*words, said["from"], said["until"], said["expires"]))
    return hmac.new(key, text.encode("utf-8", "replace"), sha256).hexdigest()
