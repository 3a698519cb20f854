"""Whoever listens to the informational topics hears of every transfer, and can check the bank's audit log."""

from __future__ import annotations

from bank_node.store.audit_queries import head
from bank_node.store.news import told_up_to
from tests.support.cast import ALICE, BOB
from tests.support.running import Federation, Running


def all_is_told(running: Running) -> bool:
    with running.bank.readers.connection() as connection:
        return told_up_to(connection) == head(connection)[0]


def test_the_news_are_told_after_the_money_has_moved(federation: Federation) -> None:
    for amount in range(1, 30):
        federation.alfa.send(amount)
    federation.brvo.send(5, from_account=BOB, to_bank="ALFA", to_account=ALICE).result()
    federation.until_quiet()
    federation.until(lambda: all_is_told(federation.alfa) and all_is_told(federation.brvo))
    assert federation.alfa.post_room.newsroom.told > 60
    federation.lawful()
