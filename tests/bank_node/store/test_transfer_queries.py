from __future__ import annotations

from pathlib import Path

from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from bank_node.transfers.reading import Batch, Desk
from tests.support.cast import an_order, open_town


def test_payments_decided_at_one_moment_are_all_reached_page_by_page(tmp_path: Path) -> None:
    town = open_town(tmp_path)
    town.alfa.do_all([(send_transfer, an_order(1))] * 60)
    desk = Desk("BRVO", "fed", town.brvo.charter.directory)
    records = [desk.read(town.brvo.record(row.body), town.clock.now_us()) for row in town.alfa.waiting]
    town.brvo.do(receive_records, Batch(tuple(record for record in records if record)))
    seen: list[str] = []
    before = None
    while page := town.brvo.read(transfer_queries.decisions, before=before, limit=7):
        seen += [row.transaction_id for row in page]
        before = (page[-1].decided_us, page[-1].from_bank, page[-1].transaction_id)
    assert len(seen) == len(set(seen)) == 60
    town.close()
