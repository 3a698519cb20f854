"""The wheel is whole: installed away from the checkout, the command answers and a bank shows its pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import httpx
import pytest

from federation.bench.served import free_port, wait_until_it_listens
from tests.support.checkout import PACKAGES, ROOT, files

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has the wheel, and of this one only the packages it depends on: not the checkout."""
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    site = next(home.glob("lib/python*/site-packages"))
    # A .pth adds the folder, and not the .pth files in it: the editable install of the checkout stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin/python"), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--ignore-installed", "--no-index", str(wheel)], check=True)
    return home


def _run(installed: Path, *words: str) -> str:
    done = subprocess.run(
        [str(installed / "bin" / words[0]), *words[1:]], cwd=installed, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_it_holds_every_file_of_the_three_packages(installed: Path) -> None:
    site = next(installed.glob("lib/python*/site-packages"))
    assert not [path for path in files() if path.parts[0] in PACKAGES and not (site / path).is_file()]


def test_the_command_answers_from_the_wheel(installed: Path) -> None:
    assert _run(installed, "bankfed", "--version").startswith("bankfed ")
    where = _run(installed, "python", "-c", "import bank_node, teller_ui, federation; print(federation.__file__)")
    assert Path(where.strip()).is_relative_to(installed)


def test_a_bank_from_the_wheel_shows_its_pages(installed: Path, tmp_path: Path) -> None:
    port = free_port()
    own = {"BANK_ID": "ALFA", "PORT": str(port), "DATA_DIR": str(tmp_path / "alfa")}
    away = {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}"}
    log = tmp_path / "bank.log"
    with log.open("wb") as output:
        bank = subprocess.Popen(
            [str(installed / "bin/python"), "-m", "bank_node"],
            cwd=tmp_path,
            env={**os.environ, **own, **away},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_it_listens(bank, port, log)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, trust_env=False) as browser:
            page = browser.get("/")
            assert page.status_code == 200
            assert "text/html" in page.headers["content-type"]
            assert browser.get("/livez").json()["ok"] is True
            assert browser.get("/docs").status_code == 200
            linked = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
            assert linked
            assert {path: browser.get(path).status_code for path in linked} == dict.fromkeys(linked, 200)
    finally:
        bank.terminate()
        bank.wait(15)
