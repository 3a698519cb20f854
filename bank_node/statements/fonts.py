"""Which letters the PDF has. A font is part of the machine, not of this project: the first that is there is taken.

Without any of them the PDF has the letters of Western Europe, which every PDF reader brings, and a question mark for
each other one; page, CSV and XML have every letter in any case. For all of them: install DejaVu Sans (Debian:
fonts-dejavu-core), and Noto Sans for what it has not. Scripts whose letters join or stack are printed letter by letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

FOLDERS = (
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/truetype/noto",
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/truetype/liberation",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/google-noto",
    "/usr/share/fonts/TTF",
    "/usr/share/fonts/noto",
    "/usr/share/fonts/noto-cjk",
    "/System/Library/Fonts/Supplemental",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
PAIRS = (  # regular and bold, the one with the most letters first
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
)
MORE = (  # for letters the first one has not
    "NotoSansCJK-Regular.ttc",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansEthiopic-Regular.ttf",
    "NotoSansKhmer-Regular.ttf",
    "NotoSansSymbols2-Regular.ttf",
    "DroidSansFallbackFull.ttf",
    "Arial Unicode.ttf",
    "msgothic.ttc",
)


@dataclass(frozen=True, slots=True)
class Letters:
    regular: Path
    bold: Path


def find_letters(folders: Iterable[str] = FOLDERS) -> Letters | None:
    """None: there is none of the known fonts."""
    for (regular, bold), folder in product(PAIRS, folders):
        if (Path(folder) / regular).is_file():
            there = Path(folder) / bold
            return Letters(Path(folder) / regular, there if there.is_file() else Path(folder) / regular)
    return None


def find_more(folders: Iterable[str] = FOLDERS) -> list[Path]:
    """What there is for other letters."""
    found = (Path(folder) / name for name, folder in product(MORE, folders))
    return [path for path in found if path.is_file()]
