"""Issuing a card: its number is drawn at the press, written into the books masked, and told in full this once."""

from __future__ import annotations

import asyncio

from bank_node.bank import Bank
from bank_node.operations.cards import Blank, CardOrder, issue_card
from bank_node.operations.claims import Claim, Receipt
from bank_node.people.card_press import card_press


async def order_card(bank: Bank, account: str, actor: str, claim: Claim | None) -> tuple[Receipt, str | None]:
    """The receipt, and the full number; None where the card was issued before under this claim. Raises Refusal."""
    press = await asyncio.to_thread(card_press, bank.settings.data_dir, bank.settings.bank_id)
    drawn = press.draw()
    blanks = [Blank(number.masked, number.hash) for number in drawn]
    receipt: Receipt = await bank.submit(issue_card, CardOrder(account, blanks, actor, claim))
    return receipt, None if receipt.replayed else drawn[int(receipt.state or 0)].full
