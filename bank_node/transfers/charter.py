"""The charter: what an operation must know of its own bank."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Charter:
    """Who this bank is, and what it promises about time. `directory`: bank id to URL, itself included."""

    bank_id: str
    name: str = ""
    federation_id: str = "standalone"
    directory: dict[str, str] = field(default_factory=dict)
    transfer_expiry_ms: int = 24 * 3_600_000  # 0: never
    cancel_grace_ms: int = 2_000  # after the expiry, before the other bank is asked to refuse the unseen
    redrive_after_ms: int = 15_000
    redrive_after_ms_max: int = 300_000
    idempotency_keep_ms: int = 7 * 24 * 3_600_000
    outbox_keep_ms: int = 7 * 24 * 3_600_000  # after a message was sent and its transfer is final
