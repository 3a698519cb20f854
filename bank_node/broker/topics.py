"""How this bank makes the federation's topics. Names and figures are in `bank_node.transfers.topics`."""

from __future__ import annotations

from bank_node.settings import BankSettings
from bank_node.transfers import topics
from bank_node.transfers.ports import TopicSpec


def topic_specs(settings: BankSettings) -> list[TopicSpec]:
    """Every topic a bank uses, as its settings have it."""
    return topics.topic_specs(settings.external_transfers_partitions, settings.retention_ms)
