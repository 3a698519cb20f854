"""The evidence of a run, written down and read again: the verdict is the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from federation.failure import Failure
from federation.grading.bundle import HISTORY, SEEN, read_bundle, write_bundle
from federation.grading.calls import Call
from federation.grading.checkers import check
from federation.grading.evidence import Delivery, Evidence, InjectedLoss
from federation.grading.history_file import INVOKE, Event, write_events
from federation.grading.plan import Plan
from tests.federation.grading.checkers.broken_days import DAYS
from tests.support.graded_run import TOWN, Story, a_good_day

PLAN = Plan(7, TOWN, ())


def events_of(calls: tuple[Call, ...]) -> list[Event]:
    """The lines that a driver would have written."""
    found: list[Event] = []
    for call in calls:
        who: tuple[Any, ...] = (call.client, call.bank, call.do, call.key)
        found.append(Event(call.number, INVOKE, 0, call.begun_us, *who, request=call.request))
        if call.ended_us is not None:
            told: dict[str, Any] = {"answer": call.answer, "http": call.http_status}
            found.append(Event(call.number, call.outcome, 0, call.ended_us, *who, **told))
    return found


def written(folder: Path, story: Story) -> Evidence:
    evidence = story.evidence()
    write_events(folder / HISTORY, events_of(evidence.history.calls))
    write_bundle(folder, PLAN, evidence)
    return evidence


@pytest.mark.parametrize("checker", DAYS)
def test_whatever_was_found_is_found_again(tmp_path: Path, checker: str) -> None:
    story = a_good_day()
    DAYS[checker][0](story)
    story.more.setdefault("losses", (InjectedLoss(77, 0, 1, "tail cut"),))
    story.more["deliveries"] = (Delivery("BRVO", "t1", 5),)
    evidence = written(tmp_path, story)
    plan, again = read_bundle(tmp_path)
    assert plan == PLAN
    assert check(again) == check(evidence)
    told = ("faults", "hostile", "nodes", "books", "topic", "acks", "losses", "deliveries", "trouble", "deadline_us")
    for name in told:
        assert getattr(again, name) == getattr(evidence, name), name


def test_half_a_character_that_a_node_put_into_its_ids_is_written_too(tmp_path: Path) -> None:
    story = Story()
    story.more["deliveries"] = (Delivery("BRVO", "\ud800", 5),)
    written(tmp_path, story)
    _, again = read_bundle(tmp_path)
    assert again.deliveries == story.more["deliveries"]


def test_a_bundle_without_books_and_topic_has_none(tmp_path: Path) -> None:
    written(tmp_path, Story())
    _, again = read_bundle(tmp_path)
    assert (again.books, again.topic) == (None, None)


def test_a_folder_that_is_no_bundle_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="is no bundle of evidence"):
        read_bundle(tmp_path)


def test_a_bundle_that_was_bent_is_told_so(tmp_path: Path) -> None:
    written(tmp_path, a_good_day())
    seen = json.loads((tmp_path / SEEN).read_text(encoding="utf-8"))
    del seen["healed_us"]
    (tmp_path / SEEN).write_text(json.dumps(seen), encoding="utf-8")
    with pytest.raises(Failure, match="is no bundle") as caught:
        read_bundle(tmp_path)
    assert "healed_us" in caught.value.why
