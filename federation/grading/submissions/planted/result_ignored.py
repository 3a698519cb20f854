"""m25: what was handed to the producer counts as sent: nobody looks at what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bank_node.transfers.ports import Ack, NotAcked, OutgoingRecord
from federation.simulation.mutants.process import Process, wrap

Publish = Callable[[Sequence[OutgoingRecord], float], list[Ack | NotAcked]]


def plant(process: Process) -> None:
    def hopeful(publish: Publish) -> Callable[[Sequence[OutgoingRecord], float], list[Ack]]:
        def publish_and_hope(records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack]:
            answers = publish(records, timeout_s)
            return [answer if isinstance(answer, Ack) else Ack(0, 0) for answer in answers]

        return publish_and_hope

    wrap(process.post.relay._publisher, "publish", hopeful)
