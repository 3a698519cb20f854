"""A bank's face, drawn from its id: hue, guilloche rosette as on banknotes, favicon letter. No files, no state."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache

HUES = {"ALFA": 168, "BRVO": 325, "CHRL": 28, "DLTA": 228, "ECHO": 348, "FOXT": 98, "HOTL": 270}
_CURVES, _POINTS = 14, 420


def hue_of(bank_id: str) -> int:
    """Degrees on the colour circle. The first banks have theirs, and eight are told apart; the others go by the id."""
    return HUES.get(bank_id) or _digest(bank_id)[0] * 360 // 256


@lru_cache(maxsize=64)
def rosette_svg(bank_id: str) -> str:
    """Nested curves R(0.62 + 0.22 sin(aθ+φ) + 0.12 cos(bθ−ψ)); black, as the pages use it as a mask."""
    seed = _digest(bank_id)
    petals, ripple = 6 + seed[1] % 6, 11 + 2 * (seed[2] % 6)
    turn, lean = math.tau * seed[3] / 256, math.tau * seed[4] / 256
    paths = "".join(
        f'<path d="{_curve(96.0 - 4.6 * n, petals, ripple, turn + 0.16 * n, lean + 0.11 * n)}"/>'
        for n in range(_CURVES)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-100 -100 200 200" fill="none" stroke="#000" '
        f'stroke-width=".45">{paths}</svg>'
    )


def favicon_svg(bank_id: str) -> str:
    """The bank's letter on its colour."""
    fill = f"oklch(0.46 0.09 {hue_of(bank_id)})"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<circle cx="16" cy="16" r="16" fill="{fill}"/><text x="16" y="22.5" text-anchor="middle" fill="#fff" '
        f'font-family="system-ui,sans-serif" font-weight="700" font-size="19">{letter_of(bank_id)}</text></svg>'
    )


def bank_css(bank_id: str, known: tuple[str, ...]) -> str:
    """The hue of this bank for the whole page, and classes per known bank for what happened, or leads, there."""
    rules = [f":root{{--hue:{hue_of(bank_id)}}}"]
    for peer in sorted({bank_id, *known}):
        if peer.isalnum():
            hue = hue_of(peer)
            rules.append(f".at-{peer}{{--hue:{hue}}}.to-{peer}{{--next-hue:{hue}}}")
    return "@layer tokens{" + "".join(rules) + "}"


def letter_of(bank_id: str) -> str:
    """What tells tabs apart: the first letter, or the number of a bank named by number (`B027` is 27)."""
    return str(int(bank_id[1:])) if bank_id[1:].isdigit() else bank_id[:1]


def _curve(radius: float, petals: int, ripple: int, turn: float, lean: float) -> str:
    points = []
    for step in range(_POINTS):
        angle = math.tau * step / _POINTS
        r = radius * (0.62 + 0.22 * math.sin(petals * angle + turn) + 0.12 * math.cos(ripple * angle - lean))
        points.append(f"{r * math.cos(angle):.1f} {r * math.sin(angle):.1f}")
    return f"M{'L'.join(points)}Z"


def _digest(bank_id: str) -> bytes:
    return hashlib.sha256(bank_id.encode()).digest()
