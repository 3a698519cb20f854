from __future__ import annotations

from bank_node.operations.claims import Claim
from bank_node.operations.redrive import redrive_due
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.tidy import tidy
from tests.support.cast import Town, an_order

DAY_MS = 86_400_000


def test_keys_and_messages_of_final_transfers_go_after_a_week(town: Town) -> None:
    for key in ("k1", "k2"):
        town.alfa.do(send_transfer, an_order(1, claim=Claim("teller1", key, "h")))
    town.deliver()
    town.clock.pass_ms(6 * DAY_MS)
    assert town.alfa.do(tidy) == 0, "not yet"
    town.clock.pass_ms(2 * DAY_MS)
    assert town.alfa.do(tidy) == 3, "two keys and one message; the newest row of the outbox stays"
    assert (town.alfa.count("claims"), town.alfa.count("outbox")) == (0, 1)
    town.lawful()


def test_the_message_of_an_open_transfer_is_kept_however_old(town: Town) -> None:
    town.alfa.do(send_transfer, an_order(1))
    town.alfa.do(send_transfer, an_order(1))
    town.deliver()
    town.alfa.do(send_transfer, an_order(1, expires_at="2027-11-21T10:00:00Z"))
    town.alfa.waiting.clear()
    town.clock.pass_ms(30 * DAY_MS)
    town.alfa.do(tidy)
    assert town.alfa.count("outbox") == 1
    assert town.alfa.do(redrive_due, 10) == 0
