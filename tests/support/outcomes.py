"""Graded runs as reports get them, made of stories written by hand: nothing is started, nothing is judged anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from federation.grading.blame import blamed
from federation.grading.calls import COMPLETED, PENDING
from federation.grading.checkers import check
from federation.grading.conformance import Step, gate_of
from federation.grading.course.outcome import Counts, Outcome, Run
from federation.grading.evidence import (
    BANK_AWAY,
    BROKER_AWAY,
    KILLED,
    READY,
    STARTED,
    Ack,
    Delivery,
    Fault,
    NodeEvent,
    TopicRecord,
)
from federation.grading.score import Gate, Result, score
from federation.grading.sheet import SCENARIOS
from tests.support.graded_run import ALICE, BOB, SECOND, Story, a_good_day

CREDITED_TWICE = "W4"  # the scenario of the example
VERSIONS = {"bankfed": "0.1.0", "Apache Kafka": "4.1.0", "Python": "3.11.2", "Linux": "6.12"}
NETWORK = (
    "The set-up command had the network as this machine has it: whatever it fetched is not part of what was handed in."
)


def credited_twice(id_: str = "t17") -> Story:
    """The example of the design: killed with a foreign record in hand, and credited twice after it came back."""
    story = a_good_day()
    begun_us = story.now_us
    story.order(id_, ALICE, BOB, 2_50, key="k-s017", client="teller03")
    story.book(ALICE, -2_50, id_)
    story.wait(0.02)
    acked_us = story.now_us
    story.wait(0.03)
    handed_us = story.now_us
    story.book(BOB, 2_50, id_)
    story.wait(0.004)
    killed_us = story.now_us
    story.wait(1.5)
    started_us = story.now_us
    story.wait(2)
    ready_us = story.now_us
    story.ask(id_, PENDING)
    story.wait(0.1)
    again_us = story.now_us
    story.book(BOB, 2_50, id_)
    story.read_statement(BOB)
    story.wait(0.5)
    story.statuses[id_] = COMPLETED
    story.ask(id_, COMPLETED)
    others = [Ack(bank, 1, n, begun_us + n * 300_000, f"o{n}") for n, bank in enumerate(["ALFA", "BRVO"] * 6)]
    story.more["acks"] = (*story.more["acks"], Ack("ALFA", 5, 1, acked_us, id_, "cc"), *others)
    record = '{"type": "transfer.requested", "transaction_id": "t17", "amount_minor": 250, "note": "as sent by ALFA"}'
    asks = tuple(TopicRecord(ack.partition, ack.offset, ack.transaction_id) for ack in others)
    story.more["topic"] = (*story.more["topic"], TopicRecord(5, 1, id_, "cc", record), *asks)
    story.more["deliveries"] = (Delivery("BRVO", id_, handed_us), Delivery("BRVO", id_, again_us))
    lives = ((KILLED, killed_us), (STARTED, started_us), (READY, ready_us))
    story.more["nodes"] = tuple(NodeEvent("BRVO", what, at_us) for what, at_us in lives)
    down = Fault("W4", BANK_AWAY, "BRVO", killed_us, ready_us, proof="killed 4 ms after it was handed a record")
    story.more["faults"] = (*story.more["faults"], down)
    story.wait(1)
    story.heal()
    return story


def run_of(scenario: str, story: Story, **more: Any) -> Run:
    """A run of this scenario, in which this story happened."""
    evidence = story.evidence()
    findings = tuple(blamed(check(evidence), evidence))
    begun_us = min(fault.begun_us for fault in evidence.faults) - SECOND if evidence.faults else 100 * SECOND
    repro = f"bankfed grade my-bank --scenario {scenario} --seed 812 --only s017"
    said: dict[str, Any] = {
        "begun_us": begun_us,
        "ended_us": evidence.healed_us + 31 * SECOND,
        "faults": evidence.faults,
        "evidence": evidence,
        "repro": repro,
        **more,
    }
    proof = evidence.faults[-1].proof if evidence.faults else ""
    return Run(Result(scenario, findings, proof=proof), **said)


def passed(scenario: str) -> Run:
    return Run(Result(scenario, proof="its fault bit"), begun_us=0, ended_us=5 * SECOND)


def an_outcome(stories: Mapping[str, Story] | None = None, **more: Any) -> Outcome:
    """A course in which these stories happened in these scenarios, and all the others held."""
    told = stories or {}
    runs = tuple(run_of(one.id, told[one.id]) if one.id in told else passed(one.id) for one in SCENARIOS)
    return outcome_of(runs, **more)


def outcome_of(runs: tuple[Run, ...], **more: Any) -> Outcome:
    gate, lacks = more.pop("gate", Gate()), more.pop("lacks", ())
    said: dict[str, Any] = {
        "submission": "My bank",
        "given": "my-bank",
        "profile": "course",
        "seed": 812,
        "seed_was_hidden": False,
        "plan_digest": "0123456789abcdef",
        "begun_at": "2026-11-21T10:00:00+00:00",
        "seconds": 412.3,
        "score": score((run.result for run in runs), gate, lacks),
        "runs": runs,
        "counts": Counts(1200, 9000, 60, 36, 3, 120),
        "versions": VERSIONS,
        "language": "Python",
        "notes": (NETWORK,),
        **more,
    }
    return Outcome(**said)


def at_the_gate() -> Outcome:
    steps = [Step("ALFA is ready"), Step("ALFA lets its teller in", "Your answer to a sign-in has no access_token.")]
    return outcome_of((), gate=gate_of(steps), gate_steps=tuple(steps))


def with_logs(run: Run, folder: Path, text: str) -> Run:
    logs = {bank: folder / f"{bank}.log" for bank in ("ALFA", "BRVO")}
    for file in logs.values():
        file.write_bytes(text.encode("utf-8", "surrogatepass"))  # a node prints what it likes
    return replace(run, logs=logs)


def broker_killed(story: Story) -> None:
    """Something was broken in it, for those days in which nothing else was."""
    story.more["faults"] = (Fault("N2", BROKER_AWAY, "broker", 101 * SECOND, 104 * SECOND, proof="7 sends waited"),)
