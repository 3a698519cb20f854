"""A bank's own keys as files: made at its first start, never overwritten, for its own eyes only.

    DATA_DIR/secrets/identity.key        Ed25519, signs the bank's registry record
    DATA_DIR/secrets/exchange-1.key      X25519, version 1; a key change adds exchange-2.key, and so on
    DATA_DIR/certificate                 the authority's signature that this identity is this bank's

Each holds one line of lower-case hexadecimal: the private key, or the signature. All processes of one bank share the
folder. The certificate is written by the federation before the bank starts; a bank without one has keys all the same.
What keys can do is in `transfers.keys`.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bank_node.transfers.keys import (
    ExchangeKey,
    Identity,
    exchange_key_of,
    identity_of,
    new_exchange_key,
    new_identity,
)

_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_EXCHANGE_FILE = re.compile(r"exchange-([1-9][0-9]{0,8})\.key")
_PUT_IT_BACK = "Put it back from a backup: the other banks know it, and would not know another."
Pair = TypeVar("Pair", Identity, ExchangeKey)


class IdentityProblem(Exception):
    """The bank's keys cannot be made or read. The text says what to do, and holds nothing secret."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """A bank's own keys. Their private halves are in no repr."""

    identity: Identity
    certificate: str | None  # None: no authority vouches for this bank
    exchange_keys: dict[int, ExchangeKey]  # by version; the highest is the newest, and there is always one


def read_secrets(data_dir: Path) -> Secrets:
    """The bank's keys, made now if this is its first start. Raises IdentityProblem in words."""
    identity = ensure_identity(data_dir)
    exchange_keys = {version: _read(file, exchange_key_of) for version, file in _exchange_files(data_dir).items()}
    return Secrets(identity, _read_certificate(data_dir), exchange_keys)


def ensure_identity(data_dir: Path) -> Identity:
    """The bank's identity; at its first start this makes it, and the first exchange key. Raises IdentityProblem."""
    file = _secrets(data_dir) / "identity.key"
    versions = _exchange_files(data_dir)
    if os.path.lexists(file):
        if not versions:
            raise _lost(file.with_name("exchange-1.key"))
    elif certificate_file(data_dir).exists() or any(version > 1 for version in versions):
        raise _lost(file)  # the others know it, and would not know another
    else:
        _make_folder(file.parent)
        _write_once(
            file.with_name("exchange-1.key"), new_exchange_key().private
        )  # first: the identity completes a start
    return identity_in(file)


def identity_in(file: Path) -> Identity:
    """The identity in this file, made where there is none. Raises IdentityProblem."""
    if not os.path.lexists(file):
        _make_folder(file.parent)
        _write_once(file, new_identity().private)
    return _read(file, identity_of)


def exchange_versions(data_dir: Path) -> list[int]:
    """Of which exchange keys there is a file, in order. Raises IdentityProblem."""
    return list(_exchange_files(data_dir))


def new_exchange_version(data_dir: Path, above: int = 0) -> int:
    """Adds an exchange key and returns its version; the bank finds it there. Raises IdentityProblem.

    `above` is the newest that was ever announced: its file may be lost, and no other key is to have its number.
    """
    ensure_identity(data_dir)
    version = max(above, *_exchange_files(data_dir))
    made = False
    while not made:  # somebody else may be adding one
        version += 1
        made = _write_once(_secrets(data_dir) / f"exchange-{version}.key", new_exchange_key().private)
    return version


def write_certificate(data_dir: Path, certificate: str) -> None:
    """In one step; an older certificate goes. Raises IdentityProblem."""
    file = certificate_file(data_dir)
    aside = _written_aside(file, certificate)
    aside.replace(file)


def certificate_file(data_dir: Path) -> Path:
    return data_dir / "certificate"


def _secrets(data_dir: Path) -> Path:
    return data_dir / "secrets"


def _exchange_files(data_dir: Path) -> dict[int, Path]:
    folder = _secrets(data_dir)
    try:
        names = [found for name in os.listdir(folder) if (found := _EXCHANGE_FILE.fullmatch(name))]
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise IdentityProblem(f"the folder {folder} cannot be read: {error.strerror}.") from error
    return {int(name[1]): folder / name[0] for name in sorted(names, key=lambda name: int(name[1]))}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise IdentityProblem(f"the folder {folder} cannot be made: {error.strerror}.") from error


def _write_once(file: Path, text: str) -> bool:
    """Whole or not at all, and never over another file; False where there is one already."""
    aside = _written_aside(file, text)
    try:
        os.link(aside, file)
    except FileExistsError:
        return False
    except OSError as error:
        raise IdentityProblem(f"the file {file} cannot be written: {error.strerror}.") from error
    finally:
        aside.unlink(missing_ok=True)
    return True


def _written_aside(file: Path, text: str) -> Path:
    aside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(f"{text}\n")
            out.flush()
            os.fsync(out.fileno())  # once it is told to the others, it must not be lost
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise IdentityProblem(f"the file {file} cannot be written: {error.strerror}.") from error
    return aside


def _read(file: Path, pair_of: Callable[[str], Pair]) -> Pair:
    try:
        return pair_of(file.read_text(encoding="ascii").strip())
    except OSError as error:
        raise IdentityProblem(f"the key {file} cannot be read: {error.strerror}.") from error
    except ValueError:  # it may quote what it could not read
        raise IdentityProblem(f"the key {file} is damaged. {_PUT_IT_BACK}") from None


def _read_certificate(data_dir: Path) -> str | None:
    file = certificate_file(data_dir)
    try:
        text = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        text = ""
    if not _SIGNATURE.fullmatch(text):
        raise IdentityProblem(f"the certificate {file} is damaged. Delete it: bankfed up writes it again.")
    return text


def _lost(file: Path) -> IdentityProblem:
    return IdentityProblem(f"the key {file} is gone. {_PUT_IT_BACK}")
