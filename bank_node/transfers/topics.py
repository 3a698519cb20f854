"""The names of the federation's topics."""

from __future__ import annotations

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
