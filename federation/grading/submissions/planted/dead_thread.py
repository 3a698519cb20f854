"""m20: the thread that reads the topic ends with the first record that nobody can read. The bank looks alive."""

from __future__ import annotations

from collections.abc import Callable

from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Incoming, Unreadable
from federation.simulation.mutants.process import Process, wrap

Read = Callable[[Record, int], Incoming | None]


def plant(process: Process) -> None:
    def fragile(read: Read) -> Read:
        def read_or_die(record: Record, now_us: int) -> Incoming | None:
            one = read(record, now_us)
            if isinstance(one, Unreadable) and not one.doubted:
                raise SystemExit("nobody catches this")  # ends this thread only, as an uncaught error would
            return one

        return read_or_die

    wrap(process.post.consumer._desk, "read", fragile)
