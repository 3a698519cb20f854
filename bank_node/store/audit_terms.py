"""Whether each customer's account has the floor the audit log left it: whoever lowers it can take more than there is.

No account had one but zero before floors could be changed, and each change since is noted.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from bank_node.ledger.chart import CUSTOMER
from bank_node.store import schema
from bank_node.store.audit_report import ChainReport
from bank_node.store.audit_rows import Said

A = schema.accounts.c


class TermsCheck:
    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._left_at: dict[int, int] = {}  # of accounts with a floor that was ever said

    def take(self, said: list[Said]) -> None:
        for one in said:
            if one.floor is not None:
                id_, floor_minor = one.floor
                if floor_minor or id_ in self._left_at:
                    self._left_at[id_] = floor_minor

    def finish(self) -> None:
        wanted = {id_ for id_, floor_minor in self._left_at.items() if floor_minor}
        found = select(A.id, A.floor).where(A.kind == CUSTOMER, A.floor != 0).order_by(A.id)
        for id_, floor_minor in self._connection.execute(found):
            wanted.discard(id_)
            expected = self._left_at.get(id_, 0)
            if floor_minor != expected:
                self._report.found("accounts", id_, f"its floor is {floor_minor}; the audit log left it {expected}")
        for id_ in sorted(wanted):
            words = f"it has no floor, or is gone; the audit log left it {self._left_at[id_]}"
            self._report.found("accounts", id_, words)
