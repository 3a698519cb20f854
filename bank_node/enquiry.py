"""Whose account is this? For whoever is about to send money, and can wait a moment for another bank's word.

It is a courtesy: no answer, a late one or a wrong one stops no payment. The other bank's decision is what counts.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from bank_node.bank import Bank
from bank_node.ledger.account import CLOSED
from bank_node.operations.payee import PayeeQuestion, ask_payee, is_believed
from bank_node.store import queries
from bank_node.store.payees import Payee, payee


@dataclass(frozen=True, slots=True)
class Holder:
    """`known` is None where there is no word yet."""

    known: bool | None = None
    name: str | None = None
    answered_us: int | None = None


async def holder_of(bank: Bank, bank_id: str, account: str) -> Holder:
    """Asks, and waits at most `payee_wait_ms`. `account` as `operations.orders.payee_number` has it."""
    if bank_id == bank.charter.bank_id:
        return await asyncio.to_thread(_own, bank, account)
    if not await _can_be_asked(bank, bank_id):
        return Holder()  # nobody there would believe the question
    topic = (f"payee:{bank_id}:{account}",)
    news = asyncio.ensure_future(bank.bell.wait(topic, bank.settings.payee_wait_ms / 1000))
    await asyncio.sleep(0)  # the ear is at the bell before anybody is asked: nothing rings in between
    try:
        found: Payee | None = await bank.submit(ask_payee, PayeeQuestion(bank_id, account))
        if not is_believed(found, bank.clock.now_us()) and await news:
            found = await asyncio.to_thread(_known, bank, bank_id, account)
    finally:
        news.cancel()
        with suppress(asyncio.CancelledError):
            await news
    return Holder() if found is None else Holder(found.found, found.name, found.answered_us)


async def _can_be_asked(bank: Bank, bank_id: str) -> bool:
    keyring = bank.keyring
    if keyring is None or not keyring.required or keyring.knows(bank_id):
        return True
    await asyncio.to_thread(_look_up_peers, bank)  # another process of this bank may have heard it
    return keyring.knows(bank_id)


def _look_up_peers(bank: Bank) -> None:
    with bank.readers.connection() as connection:
        bank.look_up_peers(connection)


def _own(bank: Bank, account: str) -> Holder:
    with bank.readers.connection() as connection:
        row = queries.account(connection, account)
    if row is None or row.state == CLOSED:
        return Holder(known=False)
    return Holder(True, row.owner, bank.clock.now_us())


def _known(bank: Bank, bank_id: str, account: str) -> Payee | None:
    with bank.readers.connection() as connection:
        return payee(connection, bank_id, account)
