"""What each scenario is there to teach, in a few sentences. The words are in `sheets/lessons.toml`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parent / "sheets" / "lessons.toml"


def lesson(title: str) -> str:
    """More words for a lesson of the score sheet; none for one that nobody has written yet."""
    return _words().get(title, "")


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    return {title: " ".join(text.split()) for title, text in tomllib.loads(FILE.read_text(encoding="utf-8")).items()}
