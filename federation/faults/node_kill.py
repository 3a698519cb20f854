"""One node of three dies (SIGKILL): the partitions it led get another leader, and it comes back when it is healed.

Limits: a broker of one node has no other leader. With `min.insync.replicas` 2 nothing that was acknowledged is lost.
"""

from __future__ import annotations

from contextlib import suppress
from typing import ClassVar

from federation.brokers.broker import Stopped
from federation.failure import ExitCode, Failure
from federation.faults.broker_stop import START_S
from federation.faults.fault import Bite
from federation.faults.on_the_wire import check_bank
from federation.faults.site import Site

LOOKS, LOOK_EVERY_S = 60, 0.1  # a dead node is noticed after two seconds


class NodeKill:
    """`node` None: the one that leads this bank's partition, or the first bank's."""

    name: ClassVar[str] = "node-kill"

    def __init__(self, site: Site, node: int | None = None, bank: str | None = None) -> None:
        if site.broker.nodes < 2:
            raise Failure("a node of a broker that has only one", do="bankfed up --brokers 3", code=ExitCode.USAGE)
        if node is not None and not 1 <= node <= site.broker.nodes:
            why = f"its nodes are 1 to {site.broker.nodes}"
            raise Failure(f"this broker has no node {node}", why=why, code=ExitCode.USAGE)
        check_bank(site, bank)
        self._site = site
        self._bank = bank or min(site.banks)
        self._node = node
        self._killed: int | None = None
        self._how = Stopped.NOTHING
        self._after = 0

    @property
    def node(self) -> int | None:
        """The one that was killed."""
        return self._killed

    def inject(self) -> None:
        partition = self._site.topic.partition_of(self._bank)
        node = self._node or self._site.topic.leader_of(partition)
        if not node:
            raise Failure(f"nobody leads partition {partition}", do="wait until the broker is ready")
        self._killed = node
        self._how = self._site.broker.kill(node)
        for _ in range(LOOKS):
            with suppress(Failure):  # whoever was asked may have been the one who died
                self._after = self._site.topic.leader_of(partition)
            if self._after not in (0, node):
                return
            self._site.wait(LOOK_EVERY_S)

    def heal(self) -> None:
        if self._killed is not None:
            self._site.broker.start(self._killed, timeout_s=START_S)

    def bite(self) -> Bite:
        bit = self._how is Stopped.KILL and self._after not in (0, self._killed)
        if bit:
            return Bite(True, f"node {self._killed} was killed, and node {self._after} led in its place")
        return Bite(False, f"no other node led in the place of {self._killed or 'any'}")
