"""history.jsonl: written while it happens, read again as calls with their answers."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from federation.grading.calls import INFO, OK, READ_TRANSFER, TRANSFER
from federation.grading.history import history_of
from federation.grading.history_file import Event, HistoryWriter, read_events, write_events

ORDER = {"from_account": "A", "to_bank": "BRVO", "to_account": "B", "amount_minor": 250, "currency": "EUR"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


def test_a_request_and_its_answer_are_two_lines_that_come_back_as_one_call(file: Path) -> None:
    with HistoryWriter(file) as history:
        n = history.invoke("teller03", "ALFA", TRANSFER, ORDER, "k1")
        history.ok(n, {"transaction_id": "t1", "status": "pending"}, 202)
    asked, told = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert (asked["event"], asked["request"], asked["key"]) == ("invoke", ORDER, "k1")
    assert (told["event"], told["http"], told["client"], told["key"]) == ("ok", 202, "teller03", "k1")
    assert told["mono_us"] >= asked["mono_us"]
    (call,) = history_of(read_events(file)).calls
    assert (call.outcome, call.transaction_id, call.status, call.amount_minor) == (OK, "t1", "pending", 250)
    assert call.latency_us == told["mono_us"] - asked["mono_us"]


def test_what_was_never_answered_is_unknown(file: Path) -> None:
    with HistoryWriter(file) as history:
        history.invoke("teller03", "ALFA", TRANSFER, ORDER, "k1")
        history.info(history.invoke("teller03", "ALFA", TRANSFER, ORDER, "k1"), {"error": "timed out"})
        history.fail(history.invoke("teller03", "ALFA", READ_TRANSFER, {"transaction_id": "t1"}), {}, 404)
    cut, timed_out, refused = history_of(read_events(file)).calls
    assert (cut.outcome, cut.ended_us, cut.latency_us) == (INFO, None, None)
    assert (timed_out.outcome, timed_out.latency_us) == (INFO, None)
    assert (refused.outcome, refused.http_status) == ("fail", 404)


def test_a_request_is_on_file_before_it_is_sent(file: Path) -> None:
    with HistoryWriter(file) as history:
        history.invoke("teller03", "ALFA", TRANSFER, ORDER, "k1")
        assert len(list(read_events(file))) == 1


def test_tellers_may_write_at_once(file: Path) -> None:
    with HistoryWriter(file) as history:

        def teller(name: str) -> None:
            for _ in range(50):
                history.ok(history.invoke(name, "ALFA", TRANSFER, ORDER), {"transaction_id": name})

        tellers = [threading.Thread(target=teller, args=(f"teller{number}",)) for number in range(4)]
        for one in tellers:
            one.start()
        for one in tellers:
            one.join()
    calls = history_of(read_events(file)).calls
    assert len({call.number for call in calls}) == len(calls) == 200
    assert all(call.transaction_id == call.client for call in calls)


def test_a_last_line_that_was_cut_short_is_left_out(file: Path) -> None:
    event = Event(1, "invoke", 5, 6, "teller03", "ALFA", TRANSFER, request=ORDER)
    write_events(file, [event])
    with file.open("a", encoding="utf-8") as more:
        more.write('{"n": 1, "event": "o')
    assert list(read_events(file)) == [event]


@pytest.mark.parametrize(
    "line", ['{"n": 1}', "[]", "nonsense", '{"n": 1, "event": "maybe", "wall_us": 1, "mono_us": 1}']
)
def test_any_other_line_that_is_no_event_is_named(file: Path, line: str) -> None:
    file.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"history\.jsonl, line 1: this is no event of a history"):
        list(read_events(file))


def test_an_answer_that_nobody_asked_for_is_no_history() -> None:
    stray = Event(7, "ok", 5, 6, "teller03", "ALFA", TRANSFER)
    with pytest.raises(ValueError, match="event 7 is an answer"):
        history_of([stray])


def test_a_second_writer_does_not_mix_its_numbers_into_the_first_ones_history(file: Path) -> None:
    file.touch()
    with pytest.raises(FileExistsError):
        HistoryWriter(file)
