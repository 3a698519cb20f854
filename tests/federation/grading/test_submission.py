"""bank.toml and its adapter: what they say becomes objects, what is wrong with them becomes words."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import federation.grading
from bank_node.settings import BankSettings
from federation.failure import Failure
from federation.grading.adapter import Adapter
from federation.grading.declared import BadFile, read_declared
from federation.grading.submission import LEVEL_1, LEVEL_2, Node, Placement, read_submission

NAIVE = Path(federation.grading.__file__).parent / "templates" / "naive"
REFERENCE = Path(federation.grading.__file__).parent / "submissions" / "reference"
GOOD = 'name = "mine"\ncontract = 1\n\n[start]\ncommand = ["python3", "node.py"]\n'


def a_placement(folder: Path) -> Placement:
    peers = {"ALFA": "http://127.0.0.1:8001", "BRVO": "http://127.0.0.1:8002"}
    return Placement("ALFA", 8001, "127.0.0.1:19001", folder / "data", peers, folder / "seed.json", clock_offset_ms=5)


def written(folder: Path, text: str, name: str = "bank.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def fault_of(folder: Path, text: str) -> str:
    written(folder, text)
    with pytest.raises(BadFile) as caught:
        read_submission(folder)
    return f"{caught.value} {caught.value.do}"


def test_the_reference_needs_no_adapter_and_starts_with_the_environment_of_the_contract(tmp_path: Path) -> None:
    node = read_submission(REFERENCE)
    assert node.adapter == Adapter()
    assert not node.lacks()
    place = a_placement(tmp_path)
    environment = node.environment(place)
    assert set(environment) == {*LEVEL_1, *LEVEL_2}
    assert node.command(place)[1:] == ["-m", "federation.grading.submissions.planted", "reference"]
    known = {name.upper() for name in BankSettings.model_fields}
    assert set(environment) <= known
    assert node.database(place) == tmp_path / "data" / "bank.db"


def test_a_naive_submission_gets_its_own_names_beside_those_of_level_1(tmp_path: Path) -> None:
    node = read_submission(NAIVE)
    place = a_placement(tmp_path)
    assert node.command(place) == [sys.executable, "app.py", "8001"]
    environment = node.environment(place)
    assert set(environment) == {*LEVEL_1, "KAFKA", "DB_FILE"}
    assert environment["KAFKA"] == "127.0.0.1:19001"
    assert environment["PEERS"] == "ALFA=http://127.0.0.1:8001,BRVO=http://127.0.0.1:8002"
    assert node.lacks() == {"clock_offset"}


def test_an_adapter_of_a_naive_node_has_about_forty_lines() -> None:
    lines = (NAIVE / "adapter.toml").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line and not line.startswith("#")]) <= 45


def test_a_submission_without_a_bank_toml_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"there is no bank\.toml"):
        read_submission(tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("contract = 1\n", ""), "line 1: contract is missing. Write contract = 1"),
        (("contract = 1", "contract = 2"), "line 2: contract is 2. Input should be 1"),
        (('name = "mine"', 'nmae = "mine"'), "line 1: nmae is not a name that the contract has. Do you mean name?"),
        (('["python3", "node.py"]', '"python3 node.py"'), "line 5: start.command: 'python3 node.py' is one text."),
        (('"node.py"', '"node.py", "{PROT}"'), "line 5: start.command: nobody knows {PROT}. There are {BANK_ID}"),
        (('["python3", "node.py"]', "[]"), "line 5: start.command is []."),
        (("[start]\ncommand", "[begin]\ncommand"), "line 1: start is missing. Write [start] with command"),
        (("[start]", "[offers]\nclock = true\n\n[start]"), "line 5: offers.clock is not a name"),
        (("[start]", "[setup]\ncommand = ['x']\nseconds = 9999\n\n[start]"), "line 6: setup.seconds is 9999."),
        (('"mine"', "mine"), "line 1: this is not TOML: Invalid value"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_what_to_do(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    said = fault_of(tmp_path, GOOD.replace(*change))
    assert words in said


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, 'contract = 7\nlevel = 3\n[start]\ncommand = ["x"]\nenviroment = {}\n')
    with pytest.raises(BadFile) as caught:
        read_submission(tmp_path)
    assert [(fault.line, fault.what.split()[0]) for fault in caught.value.faults] == [
        (1, "contract"),
        (1, "name"),
        (2, "level"),
        (5, "start.enviroment"),
    ]
    assert "line 5: start.enviroment is not a name" in caught.value.detail


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[amounts]\nhttp = "cents"', "line 2: amounts.http is 'cents'. Input should be 'minor', 'text' or 'float'."),
        ('[account]\npath = "/balance"', "line 1: account: path /balance has no {account}. Write it where"),
        ('[lookup]\npath = "/tx"', "has no {id}"),
        ('[status]\npending = ["A"]\nrejected = ["A"]', "A stands for two things. Give each status words of its own."),
        (
            "[transfer.request]\namout = 'x'",
            "line 2: transfer.request.amout is not a name that the contract has. Do you mean",
        ),
        ("[transfer]\nrequest = { betrag = 'x' }", "line 2: transfer.request.betrag is not a name"),
        ('[login]\npath = "login"', "line 2: login.path is 'login'."),
    ],
)
def test_an_adapter_is_told_the_same_way(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_declared(written(tmp_path, text, "adapter.toml"), Adapter)
    assert words in f"{caught.value} {caught.value.do}"


def test_an_adapter_must_lie_in_the_folder(tmp_path: Path) -> None:
    written(tmp_path, 'adapter = "../other.toml"\n' + GOOD)
    with pytest.raises(Failure, match="outside of its folder"):
        read_submission(tmp_path)


def test_the_hidden_seed_is_of_the_files_and_of_nothing_else(tmp_path: Path) -> None:
    copy: Path = tmp_path / "copy"
    shutil.copytree(NAIVE, copy)
    seeds: list[int] = [read_submission(folder).hidden_seed() for folder in (NAIVE, copy)]
    assert seeds[0] == seeds[1] > 5
    (copy / "src").mkdir()
    (copy / "src" / "app.py").write_text("print()\n", encoding="utf-8")
    changed: Node = read_submission(copy)
    assert changed.hidden_seed() != seeds[0]
