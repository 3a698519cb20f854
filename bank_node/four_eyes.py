"""Four eyes at the door: whose order is above his limit, and what becomes of it then.

Whoever may decide on requests has no limit of his own. Somebody else's order above it is signed for in place by a
second person's name and password, or waits for one.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.bank import Bank
from bank_node.ledger.money import EXPONENTS
from bank_node.operations.approvals import KINDS, Order, Request, ask_approval, sign_in_place
from bank_node.operations.claims import Receipt
from bank_node.people import Person, may, vouch

DECIDES = "approvals.decide"
KIND = "approval"  # of the receipt of an order that waits now


@dataclass(frozen=True, slots=True)
class Signature:
    """What a second person typed at the first one's place; empty where nobody did."""

    supervisor: str = ""
    password: str = ""
    address: str = ""


def limit_in(bank: Bank, currency: str) -> int:
    """The bank's limit in minor units of a currency; 0 where nobody needs a second person.

    The setting counts hundredths: 1000000 is 10,000.00 EUR, 10,000 JPY and 10,000.000 KWD.
    """
    limit = bank.settings.approval_limit_minor
    return max(1, limit * 10 ** EXPONENTS.get(currency, 2) // 100) if limit else 0


def is_above_limit(bank: Bank, who: Person, amount_minor: int, currency: str) -> bool:
    return 0 < limit_in(bank, currency) < amount_minor and not may(who, DECIDES)


async def carry_out(
    bank: Bank, who: Person, kind: str, order: Order, moved: tuple[int, str], signature: Signature | None = None
) -> Receipt:
    """Does it, has it signed for, or asks for approval; `moved` are minor units and their currency. Raises Refusal, of
    `vouch` too.
    """
    if not is_above_limit(bank, who, *moved):
        return await bank.submit(KINDS[kind][1], order)  # type: ignore[no-any-return]
    if signature is None or not (signature.supervisor or signature.password):
        return await bank.submit(ask_approval, Request(kind, order))  # type: ignore[no-any-return]
    checker = await signed(bank, who, signature)
    return await bank.submit(sign_in_place, Request(kind, order), checker)  # type: ignore[no-any-return]


async def signed(bank: Bank, who: Person, signature: Signature) -> str:
    """The user name of the second person. Raises Refusal where it is not a good signature."""
    given = (signature.supervisor, signature.password, signature.address)
    return (await vouch(bank, who, *given, action=DECIDES)).username
