"""How the federation's topics are made. Their names are in `bank_node.transfers.topics`."""

from __future__ import annotations

from bank_node.settings import BankSettings
from bank_node.transfers.ports import TopicSpec
from bank_node.transfers.topics import BANK_REGISTRY, DEAD_LETTERS, EXTERNAL_TRANSFERS, INFORMATIONAL


def topic_specs(settings: BankSettings) -> list[TopicSpec]:
    """Every topic a bank uses; banks of one federation must agree on the settings, the first to come makes them."""
    kept = {"cleanup.policy": "delete", "retention.ms": str(settings.retention_ms)}
    return [
        TopicSpec(EXTERNAL_TRANSFERS, settings.external_transfers_partitions, kept),
        TopicSpec(DEAD_LETTERS, 1, kept),
        TopicSpec(BANK_REGISTRY, 1, {"cleanup.policy": "compact"}),
        *(TopicSpec(name, 4, kept) for name in INFORMATIONAL),
    ]
