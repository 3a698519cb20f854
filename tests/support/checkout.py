"""The checkout itself, as the house tests see it: its files, its Python modules, its documents."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bank_node", "teller_ui", "federation")


def files() -> list[Path]:
    """Every file that is or would be committed, relative to the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return sorted(path for name in listing.split("\0") if name and (ROOT / (path := Path(name))).is_file())


def modules(*tops: str) -> list[Path]:
    """The Python files under these top-level folders."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in tops]


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
