"""Access tokens: signed by this bank, for this bank, for minutes. Whether one was revoked is for `sessions` to say.

One algorithm, no header but the plain one: a token that names a key, an address of keys or another algorithm is
refused before its signature is looked at. Times are checked against the bank's own clock, which a lab may shift.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import jwt
from jwt.types import Options

ALGORITHM = "HS256"
SECRET_BYTES = 32

_HEADERS = frozenset({"alg", "typ"})
_OPTIONS: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "strict_aud": True,
    "require": ["exp", "iat", "iss", "aud", "sub", "jti"],
}
_SKEW_S = 5  # a token from the future by more than this is no token of ours
_TOKEN_CHARS_MAX = 2_048
_DAMAGED = "Delete it: a new one is made, and everybody signs in again."


class BadToken(Exception):
    """Why, in words. Never says more than the holder could read in the token himself."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    username: str
    jti: str  # the session's id, as secret as the token
    expires_us: int


@dataclass(frozen=True, slots=True)
class Signet:
    """What makes a token this bank's own."""

    bank_id: str
    secret: bytes
    minutes: int

    def seal(self, username: str, role: str, jti: str, now_us: int) -> str:
        """A new token. `role` is there to be read by clients; the bank itself asks its database."""
        now_s = now_us // 1_000_000
        claims = {
            "iss": self.bank_id,
            "aud": self.bank_id,
            "sub": username,
            "scope": role,
            "jti": jti,
            "iat": now_s,
            "exp": now_s + self.minutes * 60,
        }
        return jwt.encode(claims, self.secret, algorithm=ALGORITHM)

    def read(self, token: str, now_us: int) -> TokenClaims:
        """The claims of a token of ours that has not expired. Raises BadToken."""
        if len(token) > _TOKEN_CHARS_MAX:
            raise BadToken("the token is too long to be one of ours")
        try:
            if not set(jwt.get_unverified_header(token)) <= _HEADERS:
                raise BadToken("the token's header names keys; this bank uses only its own")
            claims = jwt.decode(
                token,
                self.secret,
                algorithms=[ALGORITHM],
                audience=self.bank_id,
                issuer=self.bank_id,
                options=_OPTIONS,
            )
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError):
            raise BadToken(f"the token was not issued by {self.bank_id} for {self.bank_id}") from None
        except jwt.PyJWTError:
            raise BadToken("the token is not one of this bank's") from None
        return self._in_time(claims, now_us // 1_000_000)

    def _in_time(self, claims: dict[str, object], now_s: int) -> TokenClaims:
        issued, expires, jti, subject = claims["iat"], claims["exp"], claims["jti"], claims["sub"]
        if (
            type(issued) is not int
            or type(expires) is not int
            or not isinstance(jti, str)
            or not isinstance(subject, str)
        ):
            raise BadToken("the token is not one of this bank's")
        if now_s >= expires:
            raise BadToken("the token has expired; sign in again")
        if issued > now_s + _SKEW_S or expires - issued > self.minutes * 60:
            raise BadToken("the token's times are not those of this bank")
        return TokenClaims(subject, jti, expires * 1_000_000)


def load_secret(folder: Path, name: str = "jwt", damaged: str = _DAMAGED) -> bytes:
    """A secret of the bank, made at the first need of it; `folder` is DATA_DIR/secrets. Never seeded, never shared.

    `jwt` signs tokens. `damaged` says what to do where the file is not whole.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / name
    if not file.exists():
        _make_secret(file)
    secret = file.read_bytes()
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"{file} is damaged. {damaged}")
    return secret


def _make_secret(file: Path) -> None:
    """Whole or not at all: written aside first. Of two starters the second one's link fails, the first one's stays."""
    aside = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(SECRET_BYTES))
        with suppress(FileExistsError):
            os.link(aside, file)
    finally:
        aside.unlink(missing_ok=True)
