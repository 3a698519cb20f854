"""Banks that come with the grader: `bankfed grade NAME` takes them by name, and what becomes of each is known.

reference   the bank of this package
m01 … m30   the same bank with a bug planted in it: each is to be caught
v1 … v6     banks that do it another way and are right: none may lose a point (v6 only N4's)
c0          the canary: a cent too much with every credit
planted     the program behind most of them

A name is a folder with a bank.toml. They are programs: the grader starts them, and knows nothing of them.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
TEMPLATES = {"v1": "python", "v5": "node"}  # what students begin with: a plain producer, and another language
MUTANTS = tuple(f"m{number:02d}" for number in range(1, 31))
VARIANTS = tuple(f"v{number}" for number in range(1, 7))
NAMES = ("reference", *MUTANTS, *VARIANTS, "c0")


def folder_of(name: str) -> Path | None:
    """The folder of a bundled submission; None for a name that is none."""
    if name not in NAMES:
        return None
    return HERE.parent / "templates" / TEMPLATES[name] if name in TEMPLATES else HERE / name
