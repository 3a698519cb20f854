"""What the documents name exists, and what exists is named: README, ARCHITECTURE, CHANGELOG, docstrings of packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from federation.bench import BENCHES
from federation.cli.verbs import VERBS
from tests.support.checkout import PACKAGES, ROOT, files, text

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")
LINK = re.compile(r"\]\(([^)#\s]+)")
PATH = re.compile(r"(?<![\w/.-])((?:bank_node|teller_ui|federation|compose|scripts|tests|\.ci)/[\w./-]*)")
ROOMS_OF_A_BANK = ("api", "broker", "ledger", "operations", "people", "store", "transfers")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    inside = [target for target in LINK.findall(text(Path(document))) if "://" not in target]
    assert not [target for target in inside if not (ROOT / target).exists()]


def test_the_pictures_are_small_and_told_in_words() -> None:
    shown = re.findall(r"!\[([^]]*)]\(([^)]+)\)", text(Path("README.md")))
    assert len(shown) == 4
    assert not [path for words, path in shown if len(words) < 60 or (ROOT / path).stat().st_size > 150_000]
    assert {path for _, path in shown} == {str(path) for path in files() if path.suffix == ".png"}


@pytest.mark.parametrize("document", DOCUMENTS[:2])
def test_every_path_named_exists(document: str) -> None:
    named = {match.rstrip(".") for match in PATH.findall(text(Path(document)))}
    assert not [path for path in named if not (ROOT / path).exists()]


def test_files_named_by_their_room_exist_too() -> None:
    short = re.findall(rf"`((?:{'|'.join(ROOMS_OF_A_BANK)})/\w+\.py)`", text(Path("ARCHITECTURE.md")))
    assert short
    assert not [path for path in short if not (ROOT / "bank_node" / path).exists()]


def test_the_architecture_has_a_line_for_every_room() -> None:
    named = text(Path("ARCHITECTURE.md"))
    rooms = {path.parent for path in files() if path.name == "__init__.py" and path.parts[0] in PACKAGES}
    lines = {room for room in rooms if f"| `{room}/` |" not in named}
    assert lines <= {Path("bank_node/store/migrations/versions")}


def test_a_package_docstring_names_its_modules() -> None:
    silent = []
    for package in (path for path in files() if path.name == "__init__.py" and path.parts[0] in PACKAGES):
        listed = text(package).split('"""')
        if len(listed) < 2 or package.parent.name in ("versions", "migrations", "routes", "bank_node", "federation"):
            continue
        siblings = {path.stem for path in files() if path.parent == package.parent and path.suffix == ".py"}
        silent += [
            f"{package.parent}/{name}" for name in siblings if not name.startswith("_") and name not in listed[1]
        ]
    assert not [name for name in silent if not name.startswith("federation/cli/")]


def test_the_verbs_in_the_documents_are_verbs() -> None:
    for document in DOCUMENTS:
        said = re.findall(r"(?:scripts/|`)bankfed ([a-z]+)", text(Path(document)))
        assert not [verb for verb in said if verb not in VERBS], document
    listed = re.search(r"`bankfed`: ([\w,\s]+)\.", text(Path("CHANGELOG.md")))
    assert listed
    assert set(listed[1].replace("\n", " ").replace(" ", "").split(",")) == {n for n, e in VERBS.items() if not e.alias}


def test_the_benches_in_the_readme_are_benches() -> None:
    assert f"bench {'|'.join(BENCHES)}`" in text(Path("README.md"))
