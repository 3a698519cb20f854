"""The score sheet: a hundred points in seven groups, as data: what a scenario is worth, not what it does."""

from __future__ import annotations

from dataclasses import dataclass

POINTS = 100
MONEY_CAP = 59  # with one cent that nothing explains nobody passes

DATABASE, CLOCK_OFFSET = "database", "clock_offset"  # what a node may lack: `submission.Node.lacks`


@dataclass(frozen=True, slots=True)
class Scenario:
    """`lesson` is the idea it teaches, not the solution; `needs`: what a node must offer for it to be tried."""

    id: str
    group: str
    points: int
    title: str
    lesson: str
    needs: str = ""


GROUPS = {
    "A": "Plain work",
    "B": "Broker faults",
    "C": "Delivery",
    "D": "Node faults",
    "E": "Hostile records",
    "F": "Service safety",
    "G": "Load",
}

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("A1", "A", 2, "Local work and history", "a balance is the sum of its history"),
    Scenario("A2", "A", 3, "Across banks, both ways", "two databases and no common transaction"),
    Scenario("A3", "A", 3, "An unknown account is refunded, once", "a saga goes back"),
    Scenario("A4", "A", 2, "Without money nothing is sent", "a debit on a condition"),
    Scenario("N1", "B", 2, "The broker stops and starts", "the outbox"),
    Scenario("N2", "B", 3, "The broker is killed, its data kept", "the outbox"),
    Scenario("N3", "B", 2, "The broker freezes for 30 s", "time-outs tell nothing"),
    Scenario("N4", "B", 4, "The broker is away for 150 s", "the outbox outlives a client's patience"),
    Scenario("N5", "B", 4, "Acknowledgements and requests are lost", "at least once, and deduplication"),
    Scenario("N9", "B", 2, "A slow, narrow, stuttering line", "time-outs tell nothing"),
    Scenario("N7", "B", 2, "One bank is cut off", "local work goes on"),
    Scenario("N8", "B", 3, "One way only", "an answer that is lost is no refusal"),
    Scenario("N10", "B", 2, "A line that comes and goes", "reconnecting"),
    Scenario("N16", "B", 3, "The leader changes", "a cluster is not one machine"),
    Scenario("N15", "B", 3, "The topic is wiped", "the database holds the truth"),
    Scenario("N11", "C", 4, "The whole topic comes again", "deduplication that survives a restart"),
    Scenario("N12", "C", 5, "Every record three times, also long after", "one decision for ever"),
    Scenario("N13", "C", 3, "Answers overtake requests", "states, not the order of arrival"),
    Scenario("N14", "C", 3, "Acknowledged records are lost", "saying it again"),
    *(
        Scenario(f"W{place}", "D", 2, f"Killed {when}", "effect and memory of it in one transaction")
        for place, when in enumerate(
            (
                "with a request in hand",
                "with a record on its way to the broker",
                "when the broker has it",
                "with a foreign record in hand",
                "before its place in the topic is kept",
                "when the teller has his answer",
            ),
            1,
        )
    ),
    Scenario("N19", "D", 3, "Killed again and again", "recovery"),
    Scenario("N20", "D", 2, "A bank is down for two minutes", "where to go on reading"),
    Scenario("N21", "D", 1, "Killed while it starts", "recovery that can be killed too"),
    Scenario("N22", "D", 1, "The disk is full", "an error is not a success"),
    Scenario("N23", "D", 1, "The database is locked for 10 s", "an error is not a success", DATABASE),
    Scenario("N25", "E", 3, "Records that nobody can read", "a dead letter, and the next one please"),
    Scenario("N26", "E", 3, "Records with impossible values", "input from outside is input"),
    Scenario("N27", "E", 2, "A known id with another amount", "an id names one content"),
    Scenario("N28", "E", 3, "Answers that contradict, or of the wrong bank", "who may say what"),
    Scenario("N24", "E", 1, "Clocks that are wrong", "no order by the clock on the wall", CLOCK_OFFSET),
    Scenario("F1", "F", 3, "One key five times at once", "idempotency keys"),
    Scenario("F2", "F", 1, "One key with another body", "idempotency keys"),
    Scenario("F3", "F", 2, "Forty debits at once", "read-modify-write needs a guard"),
    Scenario("F4", "F", 2, "No token, a foreign one, one of the wrong role", "who may do what"),
    Scenario("N29a", "G", 2, "A storm, and all of it final", "back-pressure"),
    Scenario("N29b", "G", 1, "… within 60 s", "batches"),
    Scenario("N29c", "G", 1, "… answered within 300 ms", "nothing slow inside a request"),
    Scenario("N29d", "G", 1, "… within 300 MB", "queues have ends"),
)

DIAGNOSES: tuple[Scenario, ...] = (  # no points, and in no profile: whoever asks for them is told
    Scenario("N18", "D", 0, "Killed at its own named places", "every line may be the last one"),
    Scenario("N30", "D", 0, "A pause longer than a lease", "who was away does not know what he still holds"),
)


def scenario(id_: str) -> Scenario:
    """Raises KeyError."""
    return {one.id: one for one in (*SCENARIOS, *DIAGNOSES)}[id_]
