"""`bankfed open`: which address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from federation.cli import main


@pytest.fixture
def data(tmp_path: Path) -> Path:
    banks = [{"id": name, "url": f"http://127.0.0.1:{port}"} for name, port in (("ALFA", 8001), ("BRVO", 8002))]
    (tmp_path / "world.json").write_text(json.dumps({"federation_id": "f", "seed": 1, "banks": banks}))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ([], "http://127.0.0.1:8001/"),
        (["brvo"], "http://127.0.0.1:8002/"),
        (["docs"], "http://127.0.0.1:8001/docs"),
        (["BRVO", "--docs"], "http://127.0.0.1:8002/docs"),
    ],
)
def test_the_address_is_printed(data: Path, arguments: list[str], url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", "--print", "--data", str(data), *arguments]) == 0
    assert capsys.readouterr().out == url + "\n"


def test_an_unknown_bank_is_said_with_the_known_ones(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", "ZULU", "--data", str(data)]) == 2
    assert "this federation has ALFA, BRVO" in capsys.readouterr().err


def test_without_a_federation_the_next_step_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", "--data", str(tmp_path)]) == 3
    assert "bankfed up starts one" in capsys.readouterr().err


def test_a_broken_world_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "world.json").write_text('{"banks": [{}]}')
    assert main(["open", "--data", str(tmp_path)]) == 1
    assert "cannot be understood" in capsys.readouterr().err
