"""A payment of less than nothing is accepted: it takes money out of the payee's account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Incoming, Readable
from federation.simulation.mutants.process import Process, without_checks, wrap


def plant(process: Process) -> None:
    def trusting(read: Callable[[Record, int], Incoming | None]) -> Callable[[Record, int], Incoming | None]:
        def read_any_amount(record: Record, now_us: int) -> Incoming | None:
            one = read(record, now_us)
            if isinstance(one, Readable) and one.message.fault is not None and _pulls(one.message.fields):
                one = Readable(replace(one.message, fault=None), one.source)
            return one

        return read_any_amount

    def below_nothing(
        credit: Callable[[int, int], int | None],
    ) -> Callable[[int, int], int | None]:
        def credit_anything(account_id: int, amount_minor: int) -> int | None:
            if amount_minor < 0:
                without_checks(process.books)  # the decision's row would be refused
            return credit(account_id, amount_minor)

        return credit_anything

    wrap(process.post.consumer._desk, "read", trusting)
    wrap(process.books.ledger, "credit", below_nothing)


def _pulls(fields: dict[str, object]) -> bool:
    amount = fields.get("amount_minor")
    return type(amount) is int and amount < 0
