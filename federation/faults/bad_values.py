"""Requests with impossible values: each is a real one that lies on the topic, under an id of its own, with one thing
wrong. Whoever reads it must move nothing.

Limits: a node that signs its records refuses them for their signature already.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from federation.faults.on_the_wire import check_bank
from federation.faults.planted import Evil, Planted
from federation.faults.site import Lying, Site
from federation.grading.adapter import Adapter, RecordNames
from federation.grading.amounts import Form
from federation.grading.records import REQUESTED, read_record

NO_BANK = "ZZZZ"
AMOUNTS: Mapping[Form, Mapping[str, Any]] = {
    "minor": {"0": 0, "below 0": -5_00, "2^63": 2**63, "10^15 and 1": 10**15 + 1, "a fraction": 2.5},
    "float": {"0": 0.0, "below 0": -5.0, "2^63": 2.0**63, "10^15 and 1": 10.0**13 + 0.01, "a fraction": 0.005},
    "text": {
        "0": "0.00",
        "below 0": "-5.00",
        "2^63": f"{2**63}.00",
        "10^15 and 1": "10000000000000.01",
        "a fraction": "0.005",
    },
}


class BadValues(Planted):
    name: ClassVar[str] = "bad-values"

    def __init__(self, site: Site, bank: str, adapter: Adapter | None = None, named: str = "bad") -> None:
        """`named`: how the ids begin. Raises Failure where nobody has asked this bank for anything yet."""
        check_bank(site, bank)
        self._adapter = adapter or Adapter()
        there = site.topic.records()
        sample = next((one for one in reversed(there) if asks(one, bank, self._adapter)), None)
        super().__init__(site, list(self._evils(sample, bank, named)) if sample else [])

    def _evils(self, sample: Lying, bank: str, named: str) -> Iterator[Evil]:
        names = self._adapter.bus.record
        good = json.loads(sample.value)
        for number, (about, change) in enumerate(wrongs(names, self._adapter.amounts.bus, bank), 1):
            id_ = f"{named}-{bank}-{number}"
            value = {
                name: said for name, said in (good | change | {names.transaction_id: id_}).items() if said is not GONE
            }
            yield Evil(about, sample.partition, sample.key, json.dumps(value).encode(), id_, sample.headers)


GONE: Any = object()  # a member that is left out


def asks(record: Lying, bank: str, adapter: Adapter) -> bool:
    """It is a request to this bank, with an amount."""
    said = read_record(record.value, adapter)
    to_bank = said.to_bank if said and adapter.bus.record.to_bank else (record.key or b"").decode("utf-8", "replace")
    return said is not None and said.type == REQUESTED and to_bank == bank and (said.amount_minor or 0) > 0


def wrongs(names: RecordNames, form: Form, bank: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what is wrong, the members that are changed), as far as this node has words for it."""
    for about, amount in AMOUNTS[form].items():
        yield f"amount {about}", {names.amount: amount}
    yield "an amount in words", {names.amount: "ten"}
    yield "no amount", {names.amount: GONE}
    if names.currency:
        yield "another currency", {names.currency: "USD"}
    if names.from_bank:
        yield "of the bank itself", {names.from_bank: bank}
        yield "of an unknown bank", {names.from_bank: NO_BANK}
    yield "to an unknown account", {names.to_account: "XF00NOWHERE"}
