"""Who may know whom: the contracts of pyproject.toml cover every room, and each of them bites."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.support.checkout import PACKAGES, ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS: dict[str, dict[str, object]] = {contract["name"]: contract for contract in SETTINGS["contracts"]}

# One wrong import for each contract, planted into a copy: module, what it must not know.
PLANTED = {
    "a room uses the rooms below it": ("bank_node/store/planted.py", "bank_node.operations"),
    "the ledger and the transfers are pure": ("bank_node/ledger/planted.py", "bank_node.settings"),
    "a bank never knows the federation": ("teller_ui/planted.py", "federation.failure"),
    "in a bank only broker/kafka.py knows kafka": ("bank_node/broker/planted.py", "kafka"),
    "in a bank only the store knows SQL": ("bank_node/operations/planted.py", "sqlite3"),
    "the federation knows a bank by its face": ("federation/launcher/planted.py", "bank_node.store"),
    "grading knows a bank by its public face": ("federation/grading/planted.py", "bank_node.store"),
    "nobody imports a bundled submission": (
        "federation/cli/planted.py",
        "federation.grading.submissions.planted.table",
    ),
    "what judges a graded run only reads": ("federation/grading/checkers/planted.py", "httpx"),
    "the driver knows banks by HTTP only": ("federation/grading/driver/planted.py", "federation.grading.evidence"),
    "the wire knows frames": ("federation/wire/planted.py", "federation.brokers"),
    "in the federation only the client's tap": ("federation/audit/planted.py", "kafka"),
    "in the federation only the benches and the simulation": ("federation/launcher/planted_sql.py", "sqlalchemy"),
}


def test_every_room_of_a_bank_has_its_place_in_the_layers() -> None:
    layers = CONTRACTS["a room uses the rooms below it, never those above, never its neighbour"]["layers"]
    placed = {name for layer in layers for name in re.findall(r"bank_node\.(\w+)", layer)}  # type: ignore[attr-defined]
    rooms = {p.stem for p in (ROOT / "bank_node").iterdir() if p.suffix == ".py" or list(p.glob("*.py"))}
    assert rooms - placed == {"__init__"}


def test_every_contract_bites(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for place, stranger in PLANTED.values():
        (tmp_path / place).write_text(f'"""Planted."""\n\nimport {stranger}\n', encoding="utf-8")
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [str(lint), "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+?) +(KEPT|BROKEN)", result.stdout, re.MULTILINE))
    assert result.returncode == 1, result.stdout + result.stderr
    assert len(PLANTED) == len(CONTRACTS)
    for beginning in PLANTED:
        assert [verdict for name, verdict in verdicts.items() if name.startswith(beginning)] == ["BROKEN"], beginning
