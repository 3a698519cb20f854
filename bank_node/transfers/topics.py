"""The federation's topics: their names, and how they are made."""

from __future__ import annotations

from bank_node.transfers.ports import TopicSpec

EXTERNAL_TRANSFERS = "external-transfers"
DEAD_LETTERS = "external-transfers.dlq"
BANK_REGISTRY = "bank-registry"
TRANSACTION_INITIATED = "transaction_initiated"
TRANSACTION_COMPLETED = "transaction_completed"
TRANSACTION_FAILED = "transaction_failed"
ACCOUNT_FUNDED = "account_funded"
AUDIT_LOG = "audit_log"
INFORMATIONAL = (TRANSACTION_INITIATED, TRANSACTION_COMPLETED, TRANSACTION_FAILED, ACCOUNT_FUNDED, AUDIT_LOG)


def topic_specs(partitions: int, retention_ms: int) -> list[TopicSpec]:
    """Every topic a bank uses; banks of one federation must agree on the figures, the first to come makes them."""
    kept = {"cleanup.policy": "delete", "retention.ms": str(retention_ms)}
    return [
        TopicSpec(EXTERNAL_TRANSFERS, partitions, kept),
        TopicSpec(DEAD_LETTERS, 1, kept),
        # The segment that is being written is never compacted; by Kafka's default it would be a week's heartbeats.
        TopicSpec(BANK_REGISTRY, 1, {"cleanup.policy": "compact", "segment.ms": "3600000"}),
        *(TopicSpec(name, 4, kept) for name in INFORMATIONAL),
    ]
