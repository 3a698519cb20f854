"""The script that makes pictures of the pages, with one of them."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.support.pictures import photograph


def test_a_page_is_pictured_in_light_dark_small_and_print(chromium: Browser, tmp_path: Path) -> None:
    photograph(chromium, tmp_path, ("receipt",))
    sheets = {}
    for path in tmp_path.glob("*.png"):
        with Image.open(path) as picture:
            sheets[path.stem] = picture.convert("L")
    assert set(sheets) == {"receipt-light", "receipt-dark", "receipt-320", "receipt-print"}
    assert [sheets[f"receipt-{look}"].width for look in ("light", "dark", "320")] == [1320, 1320, 320]
    light, dark = (sheets[f"receipt-{look}"].getpixel((5, 500)) for look in ("light", "dark"))
    assert light > 200 > 50 > dark  # type: ignore[operator]
    assert (tmp_path / "receipt.pdf").stat().st_size > 1_000
