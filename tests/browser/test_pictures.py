"""The script that makes pictures of the pages, with one of them; what is printed has the size of its paper."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.support.pictures import photograph

A6, A4 = (298, 420), (595, 842)  # points


def size_of(pdf: Path) -> tuple[int, int]:
    """Of its only page."""
    content = pdf.read_bytes()
    assert b"/Count 1" in content
    found = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert found
    return round(float(found[1])), round(float(found[2]))


def test_a_page_is_pictured_in_light_dark_small_and_print(chromium: Browser, tmp_path: Path) -> None:
    photograph(chromium, tmp_path, ("receipt", "statement"))
    sheets = {path.stem: Image.open(path) for path in tmp_path.glob("*.png")}
    assert set(sheets) == {
        f"{page}-{look}" for page in ("receipt", "statement") for look in ("light", "dark", "320", "print")
    }
    assert [sheets[f"statement-{look}"].width for look in ("light", "dark", "320")] == [1320, 1320, 320]
    light, dark = (sheets[f"statement-{look}"].convert("L").getpixel((5, 500)) for look in ("light", "dark"))
    assert light > 200 > 50 > dark  # type: ignore[operator]
    assert (size_of(tmp_path / "receipt.pdf"), size_of(tmp_path / "statement.pdf")) == (A6, A4)
