"""With which keys this bank says who it is: the registrar, wired to the bank and to the keys in its data folder."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from bank_node.bank import Bank
from bank_node.broker.registrar import Registrar
from bank_node.identity import Secrets, read_secrets
from bank_node.operations.registry import Speaker
from bank_node.settings import BankSettings
from bank_node.store.peers import known_peers
from bank_node.transfers.ports import Broker
from bank_node.transfers.registry import PeerRecord
from bank_node.transfers.topics import BANK_REGISTRY

log = logging.getLogger(__name__)


def registrar_of(
    bank: Bank,
    broker: Broker,
    submit: Callable[..., Future[Any]],
    prepare: Callable[[], None],
    *,
    news: Callable[[], None],
    monotonic_s: Callable[[], float],
    secrets: Callable[[], Secrets] | None = None,
) -> Registrar | None:
    """None for a bank that has no keyring. `secrets` are read from the bank's data folder unless they are elsewhere."""
    settings, charter = bank.settings, bank.charter
    if bank.keyring is None:
        return None
    if not settings.authority_public_key and len(charter.directory) > 1:
        believed = "nobody" if bank.keyring.required else "anybody"
        log.warning("AUTHORITY_PUBLIC_KEY is not set: %s is believed to be another bank", believed)

    def stored() -> list[PeerRecord]:
        with bank.readers.connection() as connection:
            return [peer.record for peer in known_peers(connection)]

    return Registrar(
        reader=broker.reader(BANK_REGISTRY, f"bankfed.{charter.federation_id}.{charter.bank_id}"),
        prepare=prepare,
        charter=charter,
        authority_public=settings.authority_public_key,
        keyring=bank.keyring,
        submit=submit,
        stored=stored,
        speaker=lambda: _speaker(settings, secrets or (lambda: read_secrets(settings.data_dir))),
        heartbeat_s=settings.heartbeat_ms / 1000,
        news=news,
        monotonic_s=monotonic_s,
    )


def _speaker(settings: BankSettings, secrets: Callable[[], Secrets]) -> Speaker | None:
    """Read anew each time: that is how a new key is noticed. Raises IdentityProblem."""
    own = secrets()
    if own.certificate is None:
        return None
    announce_us, window_us = settings.key_announce_ms * 1000, settings.key_window_ms * 1000
    return Speaker(own.identity, own.certificate, own.exchange_keys, announce_us, window_us)
