"""A bank of a graded run, as a process: the production's own composition, with something planted into its pieces.

All banks of a graded run are of one submission, and it is their authority too: whoever has the submission's files may
speak for any of them. The grader does not, so to a bank that asks for signatures it is a stranger.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from bank_node.__main__ import CANNOT_START, run
from bank_node.bank import Bank
from bank_node.broker.post_room import PostRoom
from bank_node.identity import IdentityProblem, certificate_file, ensure_identity, write_certificate
from bank_node.settings import BankSettings
from bank_node.store.books import Books
from bank_node.store.commit import Commits
from bank_node.transfers.keys import certificate, identity_of
from federation.simulation.mutants.process import Plant


@dataclass(slots=True)
class Pieces:
    """One process of a bank, put together and not at work yet."""

    bank: Bank
    books: Books
    commits: Commits
    post: PostRoom


def nothing(_process: object) -> None:
    """What is planted into a sound bank."""


@dataclass(frozen=True, slots=True)
class Planted:
    """`plant` is all of it; `beside` what of it must be harmless without the bug, as the `settings` must. `before` is
    done before the books are opened, and is part of the bug.
    """

    plant: Plant = nothing
    beside: Plant = nothing
    settings: Mapping[str, Any] = field(default_factory=dict)
    signed: bool = True
    before: Callable[[BankSettings], None] = nothing

    def without_the_bug(self) -> Planted:
        return replace(self, plant=self.beside, before=nothing)

    def made_ready(self, settings: BankSettings) -> BankSettings:
        """Settings to open the books with. Raises IdentityProblem."""
        settings = settings.model_copy(update=dict(self.settings))
        settings = _vouched_for(settings) if self.signed else settings.model_copy(update={"peer_auth": "optional"})
        self.before(settings)
        return settings

    def planted_into(self, bank: Bank, post: PostRoom) -> None:
        self.plant(pieces_of(bank, post))


def run_planted(planted: Planted) -> int:
    """Serves until it is told to stop."""
    settings = BankSettings()  # type: ignore[call-arg] # the environment fills it
    try:
        settings = planted.made_ready(settings)
    except IdentityProblem as problem:
        print(f"{settings.bank_id} cannot start: {problem}", file=sys.stderr)
        return CANNOT_START
    return run(settings, planted.planted_into)


def pieces_of(bank: Bank, post: PostRoom) -> Pieces:
    books: Books = bank.submit_and_wait(lambda books, *_: books)
    return Pieces(bank, books, bank.writer._commits, post)


def _vouched_for(settings: BankSettings) -> BankSettings:
    """With keys, and a certificate for them."""
    authority = identity_of(sha256(f"graded/{settings.federation_id}".encode()).hexdigest())
    if not certificate_file(settings.data_dir).exists():
        own = ensure_identity(settings.data_dir).public
        said = certificate(authority.private, settings.federation_id, settings.bank_id, own)
        write_certificate(settings.data_dir, said)
    return settings.model_copy(update={"authority_public_key": authority.public})
