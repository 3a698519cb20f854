"""A plan from a seed: what people want of the banks, and what goes wrong meanwhile. What is drawn is in workload and
mischief; here is only how much of each, and when.
"""

from __future__ import annotations

from random import Random
from typing import Any

from federation.simulation.accounts import BANKS
from federation.simulation.mischief import draw_fault
from federation.simulation.plan import Plan, Step
from federation.simulation.scenes import draw_meddling, draw_rushes, draw_scenes
from federation.simulation.workload import PLAIN_SENDS, draw_workload
from federation.simulation.world import FOUND

SPAN_MS = 30_000  # in which things are wanted and go wrong
HEAL_MS = 38_000
FAULTS_MIN, FAULTS_MAX = 11, 17
ON_FILE_EVERY = 50  # seeds
TWO_PROCESSES_EVERY, TWO_PROCESSES_AT = 20, 7  # seeds: 7, 27, 47, …
PLAIN_SENDS_BESIDE_RUSHES = 10
BATCHES = (3, 3, 512)  # of the relays of several processes: with small ones there is more to get between
NEWS_PERCENT = 4  # of the plans have banks that tell the news: it moves no money, and takes as long as all the rest
KNOBS: dict[str, Any] = {
    "redrive_after_ms": 3_000,
    "redrive_after_ms_max": 16_000,
    "sweep_every_ms": 4_000,
    "backoff_ms_max": 10_000,
    "lease_ms": 60_000,
    "transfer_expiry_ms": 30_000,
    "cancel_grace_ms": 2_000,
    "heartbeat_ms": 30_000,
    "key_announce_ms": 5_000,
    "key_window_ms": 20_000,
}


def plan_of(seed: int, banks: int = 3, faults: int | None = None, processes: int | None = None) -> Plan:
    """The same plan for the same seed, everywhere and always. `faults` and `processes` are the seed's, unless given."""
    random = Random(f"bankfed plan {seed}")  # noqa: S311 - chance, not secrets
    names = BANKS[:banks]
    knobs = KNOBS | random.choice(_MOODS) | {"informational_topics": random.randrange(100) < NEWS_PERCENT}
    partitions = random.choice((1, 2, 4))
    processes = processes or (2 if seed % TWO_PROCESSES_EVERY == TWO_PROCESSES_AT else 1)
    steps = draw_workload(random, names, SPAN_MS, PLAIN_SENDS if processes == 1 else PLAIN_SENDS_BESIDE_RUSHES)
    for number in range(random.randint(FAULTS_MIN, FAULTS_MAX) if faults is None else faults):
        steps.append(_fault(random, number, names))
    steps += draw_scenes(random, names, SPAN_MS)
    if random.random() < 0.5:
        steps.append(Step(0, FOUND, "f99", random.choice(names)))
    if processes > 1:
        knobs["publish_batch_max"] = random.choice(BATCHES)
        steps += draw_rushes(random, names, SPAN_MS)
    steps += draw_meddling(random, names, SPAN_MS)
    steps.sort(key=lambda step: (step.at_ms, step.id))
    on_file = seed % ON_FILE_EVERY == 0
    return Plan(seed, banks, tuple(steps), HEAL_MS, knobs, partitions, on_file, processes)


def _fault(random: Random, number: int, names: tuple[str, ...]) -> Step:
    do, facts = draw_fault(random)
    begins_ms = SPAN_MS * 2 // 3 if do == "restore" else 50  # a restored bank is of little use afterwards
    return Step(random.randint(begins_ms, SPAN_MS), do, f"f{number:02d}", random.choice(names), facts)


_MOODS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"transfer_expiry_ms": 8_000},
    {"transfer_expiry_ms": 0},
    {"read_all_partitions": True},
    {"peer_auth": "optional"},
    {"lease_ms": 10_000},
    {"publish_batch_max": 3, "poll_batch_max": 3, "commit_batch_max": 4, "sweep_batch_max": 2},
)
