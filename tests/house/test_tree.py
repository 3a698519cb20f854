"""The tree is the documented architecture: a fixed top level, speaking names, nothing that ties it to one machine."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.checkout import PACKAGES, ROOT, files, modules, text

TOP_LEVEL = {"bank_node", "federation", "teller_ui", "compose", "scripts", "tests", "pyproject.toml"}
CUSTOMARY = {
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE",
    "requirements.lock",
    "requirements-dev.lock",
}
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "base", "managers", "manager", "services"}
# Put together here, so that this file does not name what it looks for.
REGISTRIES = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "repo1.maven" + ".org",
    "repo.maven" + ".apache.org",
    "registry.npmjs" + ".org",
    "registry" + "-1.docker",
    "docker" + ".io",
    "ghcr" + ".io",
    "quay" + ".io",
    "crates" + ".io",
    "proxy" + ".golang.org",
]
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/(?=[\w.])")
PINNED = re.compile(r"^[a-z0-9][\w.-]*==\S+( ; .+)? \\$", re.IGNORECASE)


def _readable(path: Path) -> str | None:
    try:
        return text(path)
    except UnicodeDecodeError:
        return None


def test_the_top_level_is_the_documented_one() -> None:
    tops = {path.parts[0] for path in files()}
    assert {top for top in tops if not top.startswith(".")} <= TOP_LEVEL | CUSTOMARY
    assert tops >= TOP_LEVEL | CUSTOMARY


def test_no_file_is_named_for_nothing() -> None:
    assert not [path for path in modules(*PACKAGES, "tests") if path.stem.lower() in SAYS_NOTHING]


def test_every_module_says_what_it_is() -> None:
    assert not [path for path in modules(*PACKAGES) if not re.match(r'r?"""\S|$', text(path))]


def test_the_tests_mirror_the_source() -> None:
    rooms = {*PACKAGES, "compose", "scripts", "support", "journeys", "browser", "house", "conftest.py"}
    assert {path.parts[1] for path in modules("tests")} <= rooms
    strangers = [
        path
        for path in modules("tests")
        if path.parts[1] in PACKAGES and len(path.parts) > 3 and not (ROOT / Path(*path.parts[1:-1])).is_dir()
    ]
    assert not strangers


def test_no_file_names_a_package_registry() -> None:
    found = {(str(p), host) for p in files() if (content := _readable(p)) for host in REGISTRIES if host in content}
    assert not found


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {(str(p), m[0]) for p in files() if (content := _readable(p)) for m in MACHINE_PATHS.finditer(content)}
    assert not found


def test_the_locks_carry_hashes_and_no_address() -> None:
    for lock in (Path("requirements.lock"), Path("requirements-dev.lock")):
        content = text(lock)
        assert "://" not in content
        assert "--index" not in content
        entries = re.split(r"\n(?=\S)", content.strip())
        assert not [entry for entry in entries if "--hash=sha256:" not in entry]
        assert not [entry for entry in entries if not PINNED.match(entry.splitlines()[0])]


def test_what_the_tests_need_includes_what_the_banks_need() -> None:
    pins = [
        {line.split(" ")[0] for line in text(Path(lock)).splitlines() if "==" in line}
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1]
