"""The charter: what an operation must know of its own bank; and the directory of all banks, which may grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


class Directory(Mapping[str, str]):
    """Bank id to URL. One thread learns, any may read: a reader sees it as it was before, or as it is after."""

    def __init__(self, urls: Mapping[str, str] | None = None) -> None:
        self._urls = dict(urls or {})
        self._names: dict[str, str] = {}

    def learn(self, bank_id: str, url: str, name: str) -> None:
        """What a bank says of itself, be it new or known."""
        if self._urls.get(bank_id) != url:
            self._urls = {**self._urls, bank_id: url}
        if self._names.get(bank_id) != name:
            self._names = {**self._names, bank_id: name}

    def name_of(self, bank_id: str) -> str:
        """As the bank calls itself; its id where it has not said."""
        return self._names.get(bank_id) or bank_id

    def __contains__(self, bank_id: object) -> bool:
        return bank_id in self._urls

    def __getitem__(self, bank_id: str) -> str:
        return self._urls[bank_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._urls)

    def __len__(self) -> int:
        return len(self._urls)


@dataclass(frozen=True, slots=True)
class Charter:
    """Who this bank is, whom it knows (itself included), and what it promises about time."""

    bank_id: str
    name: str = ""
    federation_id: str = "standalone"
    directory: Directory = field(default_factory=Directory)
    transfer_expiry_ms: int = 24 * 3_600_000  # 0: never
    cancel_grace_ms: int = 2_000  # after the expiry, before the other bank is asked to refuse the unseen
    redrive_after_ms: int = 15_000
    redrive_after_ms_max: int = 300_000
    idempotency_keep_ms: int = 7 * 24 * 3_600_000
    approval_expiry_ms: int = 24 * 3_600_000  # a request that nobody decides ends after that
    outbox_keep_ms: int = 7 * 24 * 3_600_000  # after a message was sent and its transfer is final
