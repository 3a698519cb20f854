"""m27: at every start the database's file is taken as it is, without the log beside it, in which the newest units of
work are. (`synchronous=OFF` goes with it: nothing is ever waited for.)
"""

from __future__ import annotations

from bank_node.settings import BankSettings


def forget_the_log(settings: BankSettings) -> None:
    for end in ("-wal", "-shm"):
        (settings.data_dir / f"bank.db{end}").unlink(missing_ok=True)
