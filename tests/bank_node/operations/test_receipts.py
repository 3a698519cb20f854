"""The first print of a receipt is the original, every later one a copy; each is in the audit log with who did it."""

from __future__ import annotations

from bank_node.operations.receipts import COPY, ORIGINAL, PrintOrder, print_receipt
from bank_node.store.audit_pages import Search, audit_page
from tests.support.cast import Town


def test_only_the_first_print_is_the_original(town: Town) -> None:
    order = PrintOrder("entry", "1", "okafor")
    assert [town.alfa.do(print_receipt, order).state for _ in range(3)] == [ORIGINAL, COPY, COPY]
    assert town.alfa.do(print_receipt, PrintOrder("entry", "11", "okafor")).state == ORIGINAL
    assert town.alfa.do(print_receipt, PrintOrder("transfer", "1", "okafor")).state == ORIGINAL
    rows = town.alfa.read(audit_page, Search(subject="entry/1", bookings=False)).rows
    assert [(row.action, row.actor, row.facts) for row in rows] == [
        ("receipt_printed", "okafor", f'{{"copy":{copy}}}') for copy in (2, 1, 0)
    ]
    town.lawful()


def test_of_two_prints_in_one_unit_of_work_the_second_is_a_copy(town: Town) -> None:
    order = PrintOrder("entry", "1", "okafor")
    first, second = town.alfa.do_all([(print_receipt, order), (print_receipt, order)])
    assert (first.state, second.state) == (ORIGINAL, COPY)
    town.lawful()
