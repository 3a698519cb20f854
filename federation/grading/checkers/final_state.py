"""Q09: what was final once stays as it was: a second, different answer changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.calls import FINAL, MISSING
from federation.grading.checkers.finding import Checker, Finding
from federation.grading.evidence import Evidence


def final_state(evidence: Evidence) -> Iterator[Finding]:
    for id_, readings in evidence.history.status_readings.items():
        first = next((call for call in readings if call.status in FINAL), None)
        if first is None or first.ended_us is None:
            continue
        later = (call for call in readings if call.begun_us >= first.ended_us and call.status != MISSING)
        other = next((call for call in later if call.status != first.status), None)
        if other is not None:
            yield Finding(
                CHECKER.id,
                f"{first.bank} called transfer {id_} {first.status}, and later {other.status}.",
                f"{first.status} for ever",
                f"{first.status}, then {other.status}",
                (id_,),
            )


CHECKER = Checker("Q09", "A", "A final state never changes", final_state)
