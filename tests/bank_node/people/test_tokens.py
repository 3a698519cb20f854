"""Every forgery we could think of, against one bank's signet."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from bank_node.people.tokens import SECRET_BYTES, BadToken, Signet, load_secret

SECRET = b"alfa's secret, thirty-two bytes!"
NOW_US = 1_790_000_000_000_000
NOW_S = NOW_US // 1_000_000
ALFA = Signet("ALFA", SECRET, 15)


def claims(**changes: Any) -> dict[str, Any]:
    good = {"iss": "ALFA", "aud": "ALFA", "sub": "alice", "jti": "j", "iat": NOW_S, "exp": NOW_S + 900}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(
    secret: bytes = SECRET, algorithm: str = "HS256", headers: dict[str, Any] | None = None, **changes: Any
) -> str:
    return jwt.encode(claims(**changes), secret, algorithm=algorithm, headers=headers)


def by_hand(header: dict[str, Any], body: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, body))
    return ".".join((*parts, signature))


def other_payload_under_a_good_signature() -> str:
    head, _, signature = signed().split(".")
    _, body, _ = by_hand({}, claims(sub="admin")).split(".")
    return f"{head}.{body}.{signature}"


FORGERIES: dict[str, Callable[[], str]] = {
    "alg none": lambda: by_hand({"alg": "none", "typ": "JWT"}, claims()),
    "alg None, another spelling": lambda: by_hand({"alg": "nOnE", "typ": "JWT"}, claims(), "x"),
    "alg none by the library": lambda: jwt.encode(claims(), None, algorithm="none"),
    "no alg at all": lambda: by_hand({"typ": "JWT"}, claims(), "x"),
    "another algorithm of the family": lambda: signed(secret=SECRET * 2, algorithm="HS512"),
    "an RSA header with an HMAC signature": lambda: by_hand(
        {"alg": "RS256", "typ": "JWT"}, claims(), signed().split(".")[2]
    ),
    "another bank's token": lambda: signed(secret=b"brvo's secret, thirty-two bytes!", iss="BRVO", aud="BRVO"),
    "another bank's token for this bank": lambda: signed(secret=b"brvo's secret, thirty-two bytes!", iss="BRVO"),
    "another bank's secret and our names": lambda: signed(secret=b"brvo's secret, thirty-two bytes!"),
    "our secret, another audience": lambda: signed(aud="BRVO"),
    "our secret, many audiences": lambda: signed(aud=["ALFA", "BRVO"]),
    "our secret, another issuer": lambda: signed(iss="BRVO"),
    "expired": lambda: signed(iat=NOW_S - 901, exp=NOW_S - 1),
    "expires this very second": lambda: signed(iat=NOW_S - 900, exp=NOW_S),
    "lives for a year": lambda: signed(exp=NOW_S + 365 * 86_400),
    "issued tomorrow": lambda: signed(iat=NOW_S + 86_400, exp=NOW_S + 86_400 + 900),
    "never expires": lambda: signed(exp=None),
    "without a jti": lambda: signed(jti=None),
    "with a jti that is a list": lambda: by_hand({"alg": "HS256"}, claims(jti=["j"]), "x"),
    "without a subject": lambda: signed(sub=None),
    "without an audience": lambda: signed(aud=None),
    "a jku header": lambda: signed(headers={"jku": "http://127.0.0.1:9/keys"}),
    "a kid header that walks": lambda: signed(headers={"kid": "../../../dev/null"}),
    "a jwk header with its own key": lambda: signed(headers={"jwk": {"kty": "oct", "k": "AAAA"}}),
    "an x5u header": lambda: signed(headers={"x5u": "http://127.0.0.1:9/cert"}),
    "a crit header": lambda: by_hand({"alg": "HS256", "crit": ["exp"]}, claims(), "x"),
    "another payload under a good signature": other_payload_under_a_good_signature,
    "the signature cut off": lambda: signed().rsplit(".", 1)[0] + ".",
    "two parts": lambda: "a.b",
    "nothing": lambda: "",
    "no base64": lambda: "ä.ö.ü",
    "a megabyte": lambda: "a" * 1_000_000,
    "a header that is a list": lambda: by_hand([], claims(), "x"),  # type: ignore[arg-type]
    "floating times": lambda: signed(iat=NOW_S + 0.5, exp=NOW_S + 800.5),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused_in_words(name: str) -> None:
    with pytest.raises(BadToken) as refused:
        ALFA.read(FORGERIES[name](), NOW_US)
    assert str(refused.value)


def test_the_banks_own_token_is_read_until_its_last_second() -> None:
    token = ALFA.seal("alice", "teller", "session-id", NOW_US)
    assert ALFA.read(token, NOW_US).jti == "session-id"
    assert ALFA.read(token, NOW_US + 899_000_000).username == "alice"
    with pytest.raises(BadToken, match="expired"):
        ALFA.read(token, NOW_US + 900_000_000)


def test_the_secret_is_made_once_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    first = load_secret(tmp_path / "secrets")
    assert len(first) == SECRET_BYTES
    assert load_secret(tmp_path / "secrets") == first
    assert (tmp_path / "secrets" / "jwt").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / "secrets").iterdir()] == ["jwt"]
    assert load_secret(tmp_path / "others") != first


def test_a_damaged_secret_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "jwt").write_bytes(b"short")
    with pytest.raises(ValueError, match="Delete it"):
        load_secret(tmp_path)
