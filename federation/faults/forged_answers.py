"""Answers that nobody gave: the opposite of the last answers a bank got, from the same bank and from others, and
answers to what it never asked. Each lies behind the true one, so whoever reads in order knows better.

Limits: a node that signs its records refuses them for their signature already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from federation.faults.on_the_wire import check_bank
from federation.faults.planted import Evil, Planted
from federation.faults.site import Lying, Site
from federation.grading.adapter import Adapter
from federation.grading.records import ACCEPTED, REJECTED, BusRecord, Type, read_record, write_record

LAST = 4
REASON: dict[str, Any] = {"reason": {"code": "AC01", "text": "no such account"}}


class ForgedAnswers(Planted):
    name: ClassVar[str] = "forged-answers"

    def __init__(
        self, site: Site, bank: str, adapter: Adapter | None = None, last: int = LAST, named: str = "unsent"
    ) -> None:
        """`named`: how ids begin that nobody ever sent. Raises Failure where this bank got no answer yet."""
        check_bank(site, bank)
        self._adapter = adapter or Adapter()
        answers = [one for one in site.topic.records() if self._answers(one, bank)]
        types: tuple[Type, ...] = (ACCEPTED, REJECTED)
        of_each = [one for type_ in types for one in self._last(answers, type_, last)]
        super().__init__(site, list(self._evils(site, bank, of_each, named)) if of_each else [])

    def _evils(self, site: Site, bank: str, answers: list[Lying], named: str) -> Iterator[Evil]:
        for record in answers:
            said = read_record(record.value, self._adapter)
            assert said is not None  # `_answers` has read it
            opposite = REJECTED if said.type == ACCEPTED else ACCEPTED
            yield self._evil(record, "the opposite", opposite, said.transaction_id, said.from_bank)
            for other in sorted({*site.banks, "ZZZZ"} - {said.from_bank}):
                yield self._evil(record, "the opposite, of another bank", opposite, said.transaction_id, other)
        types: tuple[Type, ...] = (ACCEPTED, REJECTED)
        for number, type_ in enumerate(types, 1):
            last, id_ = answers[-1], f"{named}-{bank}-{number}"
            said = read_record(last.value, self._adapter)
            yield self._evil(last, "about what was never sent", type_, id_, said.from_bank if said else "", id_)

    def _evil(self, like: Lying, about: str, type_: Type, id_: str, from_bank: str, unused: str = "") -> Evil:
        said = read_record(like.value, self._adapter)
        value = write_answer(BusRecord(type_, id_, from_bank, said.to_bank if said else ""), self._adapter)
        return Evil(about, like.partition, like.key, value, unused)

    def _answers(self, record: Lying, bank: str) -> bool:
        said = read_record(record.value, self._adapter)
        return said is not None and said.type in (ACCEPTED, REJECTED) and said.to_bank == bank

    def _last(self, answers: list[Lying], type_: Type, last: int) -> list[Lying]:
        found = [one for one in answers if (said := read_record(one.value, self._adapter)) and said.type == type_]
        return found[-last:]


def write_answer(answer: BusRecord, adapter: Adapter) -> bytes:
    """As the contract has it: a rejection says why."""
    return write_record(answer, adapter, **(REASON if answer.type == REJECTED else {}))
