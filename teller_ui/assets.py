"""Static files, read once and served from memory: with a version in the address they never go stale in a browser."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
SHEET = ("tokens", "frame", "parts", "pages", "learn", "print")  # one address, so that no page flickers layer by layer
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    media_type: str
    version: str


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every static file by its path below /static/; the layers of the style sheet are one file, `sheet.css`."""
    found = {"sheet.css": _asset(b"\n".join((FOLDER / "css" / f"{name}.css").read_bytes() for name in SHEET), ".css")}
    for path in FOLDER.rglob("*"):
        if path.suffix in _TYPES and path.parent.name != "css":
            found[path.relative_to(FOLDER).as_posix()] = _asset(path.read_bytes(), path.suffix)
    return found


def address(name: str) -> str:
    """`/static/sheet.css?v=3f2a…`."""
    return f"/static/{name}?v={assets()[name].version}"


def _asset(body: bytes, suffix: str) -> Asset:
    return Asset(body, _TYPES[suffix], hashlib.sha256(body).hexdigest()[:12])
