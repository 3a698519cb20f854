"""The federation's topics: their names, and how they are made."""

from __future__ import annotations

from bank_node.transfers.ports import TopicSpec

EXTERNAL_TRANSFERS = "external-transfers"
DEAD_LETTERS = "external-transfers.dlq"
BANK_REGISTRY = "bank-registry"
INFORMATIONAL = (
    "transaction_initiated",
    "transaction_completed",
    "transaction_failed",
    "account_funded",
    "audit_log",
)


def topic_specs(partitions: int, retention_ms: int) -> list[TopicSpec]:
    """Every topic a bank uses; banks of one federation must agree on the figures, the first to come makes them."""
    kept = {"cleanup.policy": "delete", "retention.ms": str(retention_ms)}
    return [
        TopicSpec(EXTERNAL_TRANSFERS, partitions, kept),
        TopicSpec(DEAD_LETTERS, 1, kept),
        TopicSpec(BANK_REGISTRY, 1, {"cleanup.policy": "compact"}),
        *(TopicSpec(name, 4, kept) for name in INFORMATIONAL),
    ]
