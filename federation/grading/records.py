"""Records on the topic in a node's own words: what the grader reads there, and what it writes there itself (copies,
poison, forgeries). No broker is asked here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from federation.grading.adapter import Adapter
from federation.grading.amounts import read, written
from federation.grading.misfit import Misfit

REQUESTED: Literal["requested"] = "requested"
ACCEPTED: Literal["accepted"] = "accepted"
REJECTED: Literal["rejected"] = "rejected"
OTHER: Literal["other"] = "other"
Type = Literal["requested", "accepted", "rejected", "other"]


@dataclass(frozen=True, slots=True)
class BusRecord:
    """A message between banks, in the contract's names. Of an answer `from_bank` is the bank that answers."""

    type: Type
    transaction_id: str
    from_bank: str = ""
    to_bank: str = ""
    from_account: str = ""
    to_account: str = ""
    amount_minor: int | None = None
    currency: str = ""


_NAMED = ("transaction_id", "from_bank", "to_bank", "from_account", "to_account", "currency")


def read_record(value: bytes, adapter: Adapter) -> BusRecord | None:
    """The message; None for what is no message: the grader's own poison, a stranger's record."""
    try:
        said = json.loads(value)
    except (ValueError, RecursionError):
        return None
    names = adapter.bus.record
    if not isinstance(said, dict) or not said.get(names.transaction_id):
        return None
    told = {name: str(said.get(getattr(names, name)) or "") for name in _NAMED if getattr(names, name)}
    try:
        amount = read(said[names.amount], adapter.amounts.bus, names.amount)
    except (Misfit, KeyError):
        amount = None
    return BusRecord(_type(said, adapter), amount_minor=amount, **told)


def write_record(record: BusRecord, adapter: Adapter, **changes: Any) -> bytes:
    """The value of a record as this node would write it; `changes` are members as they are, for what must be wrong."""
    names, said = adapter.bus.record, dict(adapter.bus.constants)
    for name in _NAMED:
        if getattr(names, name) and getattr(record, name):
            said[getattr(names, name)] = getattr(record, name)
    if record.type != OTHER and names.type:
        said[names.type] = getattr(adapter.bus.types, record.type)[0]
    if record.amount_minor is not None:
        said[names.amount] = written(record.amount_minor, adapter.amounts.bus)
    return json.dumps(said | changes).encode()


def _type(said: Mapping[str, Any], adapter: Adapter) -> Type:
    """A node without types only ever asks."""
    name = adapter.bus.record.type
    if not name:
        return REQUESTED
    types: tuple[Literal["requested", "accepted", "rejected"], ...] = (REQUESTED, ACCEPTED, REJECTED)
    return next((type_ for type_ in types if said.get(name) in getattr(adapter.bus.types, type_)), OTHER)
