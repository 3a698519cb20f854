"""The authority: one key per federation, which says of every bank's identity that it is this bank's.

It signs a certificate before a bank starts, and is asked nothing after that; a bank gets its public key as a setting
(AUTHORITY_PUBLIC_KEY). Its private key lies in DIR/authority/ and goes nowhere else. What a bank's own keys are is in
`bank_node.identity`.
"""

from __future__ import annotations

from pathlib import Path

from bank_node.identity import (
    IdentityProblem,
    certificate_file,
    ensure_identity,
    identity_in,
    write_certificate,
)
from bank_node.transfers.keys import certificate, certified
from federation.failure import Failure

KEY_FILE = "authority.key"


class Authority:
    """The authority whose key lies in this folder, made now if there is none. Raises Failure in words."""

    def __init__(self, folder: Path, federation_id: str) -> None:
        self._federation_id = federation_id
        try:
            self._identity = identity_in(folder / KEY_FILE)
        except IdentityProblem as problem:
            raise Failure("this federation's authority cannot certify banks", why=str(problem)) from problem

    @property
    def public_key(self) -> str:
        return self._identity.public

    def certify(self, bank_id: str, data_dir: Path) -> str:
        """Makes sure that the bank has keys and a certificate for them; returns what its AUTHORITY_PUBLIC_KEY shall be.

        Raises Failure in words.
        """
        try:
            bank = ensure_identity(data_dir)
            said = (self._federation_id, bank_id, bank.public)
            if not certified(self.public_key, *said, _certificate_in(certificate_file(data_dir))):
                write_certificate(data_dir, certificate(self._identity.private, *said))
        except IdentityProblem as problem:
            raise Failure(f"{bank_id} cannot be certified", why=str(problem)) from problem
        return self.public_key


def _certificate_in(file: Path) -> str:
    """Empty where there is none, or none that can be read: another is written then."""
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
