"""What a page loads: the vendored htmx is the one whose hash the pages ask for, and nothing of a page is inline."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from teller_ui.assets import FOLDER, assets
from teller_ui.headers import CDN, content_policy
from teller_ui.rendering import environment

TEMPLATES = sorted((Path(environment.__wrapped__.__code__.co_filename).parent / "templates").rglob("*.html"))


def _integrity(file: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(file.read_bytes()).digest()).decode()


def test_the_vendored_scripts_are_those_whose_hashes_the_pages_ask_for() -> None:
    scripts = next(path for path in TEMPLATES if path.name == "scripts.html").read_text()
    asked = dict(re.findall(r"([\w/.-]+\.js)\|(sha384-[\w+/=]+)", scripts))
    assert list(asked) == ["htmx.min.js", "ext/hx-sse.min.js"]
    for name, integrity in asked.items():
        assert _integrity(FOLDER / "vendor" / Path(name).name) == integrity


def test_the_scripts_of_the_cdn_are_pinned_to_one_version() -> None:
    assert re.search(r"@\d+\.\d+\.\d+/", CDN)
    assert CDN in content_policy("auto")
    assert CDN not in content_policy("local")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_parses_and_has_nothing_inline(template: Path) -> None:
    text = template.read_text()
    environment().parse(text)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    for tag in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL):
        assert tag == ""


def test_our_own_scripts_stay_small() -> None:
    assert len((FOLDER / "counter.js").read_text().splitlines()) < 200
    assert len((FOLDER / "loader.js").read_text().splitlines()) <= 30


def test_a_file_has_a_version_that_follows_its_content() -> None:
    asset = assets()["counter.js"]
    assert asset.version == hashlib.sha256(asset.body).hexdigest()[:12]
    assert "css/tokens.css" not in assets()
