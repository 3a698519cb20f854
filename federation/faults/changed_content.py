"""A known id with other content: the last requests to a bank come again, for more money, for less, for somebody else.

Limits: a node that signs its records refuses them for their signature already.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from federation.faults.bad_values import asks
from federation.faults.on_the_wire import check_bank
from federation.faults.planted import Evil, Planted
from federation.faults.site import Lying, Site
from federation.grading.adapter import Adapter
from federation.grading.amounts import written
from federation.grading.records import read_record

LAST = 3
MORE_MINOR = 7_77


class ChangedContent(Planted):
    name: ClassVar[str] = "changed-content"

    def __init__(self, site: Site, bank: str, adapter: Adapter | None = None, last: int = LAST) -> None:
        """Raises Failure where nobody has asked this bank for anything yet."""
        check_bank(site, bank)
        self._adapter = adapter or Adapter()
        asked = [one for one in site.topic.records() if asks(one, bank, self._adapter)]
        super().__init__(site, [evil for one in asked[-last:] for evil in self._evils(one, asked)])

    def _evils(self, record: Lying, asked: list[Lying]) -> Iterator[Evil]:
        names, form = self._adapter.bus.record, self._adapter.amounts.bus
        good, said = json.loads(record.value), read_record(record.value, self._adapter)
        if said is None or said.amount_minor is None:  # `asks` has seen to it
            return
        changes = {"more money": {names.amount: written(said.amount_minor + MORE_MINOR, form)}}
        if said.amount_minor > 1:
            changes["less money"] = {names.amount: written(1, form)}
        others = (read_record(one.value, self._adapter) for one in reversed(asked))
        payee = next((one.to_account for one in others if one and one.to_account != said.to_account), "")
        if payee:
            changes["another payee"] = {names.to_account: payee}
        for about, change in changes.items():
            value = json.dumps(good | change).encode()
            yield Evil(f"a known id with {about}", record.partition, record.key, value, headers=record.headers)
