"""The compose file without an engine: it reads as YAML, fits together, and starts what `bankfed up` would start.

Where a `docker compose` is installed, that reads it too; nothing here builds or runs a container.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bank_node.identity import read_secrets
from bank_node.settings import BankSettings
from bank_node.transfers.keys import certified
from federation import founding
from federation.brokers.docker import DATA, IMAGE
from federation.brokers.jars import KAFKA_VERSION
from federation.brokers.kafka_settings import cluster_settings
from federation.roster import read_roster
from federation.spec import bank_ids
from tests.support.checkout import ROOT

FILE = ROOT / "compose/compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
BANKS = {name: service for name, service in SERVICES.items() if "BANK_ID" in service.get("environment", {})}
# Of the compose specification: what a service here may say. A mistyped word is in neither list.
SERVICE_WORDS = {
    *("build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init", "ports"),
    *("read_only", "restart", "security_opt", "stop_grace_period", "tmpfs", "volumes"),
}
HEALTH_WORDS = {"test", "interval", "timeout", "retries", "start_period"}


def _host_port(mapping: str) -> tuple[str, str, str]:
    address, outside, inside = mapping.split(":")
    return address, outside, inside


def test_every_word_is_one_of_the_specification() -> None:
    assert {word for word in COMPOSE if not word.startswith("x-")} == {"name", "services", "volumes"}
    for service in SERVICES.values():
        assert set(service) <= SERVICE_WORDS
        assert set(service.get("healthcheck", {})) <= HEALTH_WORDS


def test_what_a_service_names_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"]
    build = SERVICES["world"]["build"]
    assert (FILE.parent / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()


def test_three_banks_with_the_settings_of_a_bank() -> None:
    assert [bank["environment"]["BANK_ID"] for bank in BANKS.values()] == list(bank_ids(3))
    known = {name.upper() for name in BankSettings.model_fields}
    for bank in BANKS.values():
        assert set(bank["environment"]) <= known


def test_the_environment_makes_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for bank in BANKS.values():
        for name, value in bank["environment"].items():
            assert isinstance(value, str), f"{name} must be quoted"
            monkeypatch.setenv(name, value)
        settings = BankSettings()  # type: ignore[call-arg]
        assert settings.bank_id in settings.peers
        assert settings.peers[settings.bank_id] == f"http://127.0.0.1:{settings.port}"


def test_everything_listens_on_this_machine_only_and_nothing_twice() -> None:
    outside = []
    for service in SERVICES.values():
        for mapping in service.get("ports", []):
            address, port, _ = _host_port(mapping)
            assert address == "127.0.0.1"
            outside.append(port)
    assert len(set(outside)) == len(outside)
    for bank in BANKS.values():
        assert bank["ports"] == [f"127.0.0.1:{bank['environment']['PORT']}:{bank['environment']['PORT']}"]


def test_every_bank_keeps_its_data_in_a_volume_of_its_own() -> None:
    homes = [bank["volumes"] for bank in BANKS.values()]
    assert homes == [[f"{name}:/data"] for name in BANKS]  # and sees nothing else, the others' keys least of all
    assert SERVICES["kafka"]["volumes"] == [f"kafka:{DATA}"]


def test_the_broker_is_the_kafka_of_bankfed_up_with_its_settings() -> None:
    kafka = SERVICES["kafka"]
    assert kafka["image"] == f"{IMAGE}:{KAFKA_VERSION}"
    assert "restart" not in kafka
    for name, value in cluster_settings(nodes=1).items():
        assert kafka["environment"]["KAFKA_" + name.upper().replace(".", "_")] == value


def test_banks_and_tools_reach_the_broker_where_it_says_it_is() -> None:
    environment = SERVICES["kafka"]["environment"]
    doors = dict(door.split("://") for door in environment["KAFKA_ADVERTISED_LISTENERS"].split(","))
    listens = dict(door.split("://") for door in environment["KAFKA_LISTENERS"].split(","))
    assert {bank["environment"]["KAFKA_BOOTSTRAP_SERVERS"] for bank in BANKS.values()} == {doors["PLAINTEXT"]}
    assert doors["PLAINTEXT"] == "kafka:9092"
    assert [doors["HOST"].replace(":18000", ":18000:18000")] == SERVICES["kafka"]["ports"]
    assert listens["HOST"] == ":18000"
    assert environment["KAFKA_LOG_DIRS"] == DATA


def test_who_serves_is_asked_for_its_health_on_its_own_port() -> None:
    for bank in BANKS.values():
        kind, command = bank["healthcheck"]["test"]
        assert kind == "CMD-SHELL"
        program, flag, source = shlex.split(command)
        assert (program, flag) == ("python", "-c")
        compile(source, "healthcheck", "exec")
        assert "/readyz" in source
        assert "os.environ['PORT']" in source
    assert "localhost:9092" in SERVICES["kafka"]["healthcheck"]["test"]


def test_the_world_is_founded_once_and_is_what_the_banks_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, module, _, *options = SERVICES["world"]["command"]
    assert module == founding.__name__
    assert founding.main([str(tmp_path), *options]) == 0
    roster = read_roster(tmp_path)
    assert "teller1 / " in capsys.readouterr().out
    for bank in BANKS.values():
        environment = bank["environment"]
        home = _home(tmp_path, environment["BANK_ID"])
        seed = json.loads(Path(environment["SEED_FILE"].replace("/data", str(home))).read_text(encoding="utf-8"))
        assert seed["id"] == environment["BANK_ID"]
        assert roster.member(environment["BANK_ID"]).url == f"http://127.0.0.1:{environment['PORT']}"
    first = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert founding.main([str(tmp_path), *options]) == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == first


def _home(root: Path, bank_id: str) -> Path:
    """Where the world's container has what the bank's has as /data."""
    volume = next(name for name, bank in BANKS.items() if bank["environment"]["BANK_ID"] == bank_id)
    mounted = next(v.split(":")[1] for v in SERVICES["world"]["volumes"] if v.startswith(f"{volume}:"))
    return root / Path(mounted).relative_to("/world")


def test_only_the_world_has_the_authoritys_key() -> None:
    assert "authority:/world/authority" in SERVICES["world"]["volumes"]
    assert [name for name, service in SERVICES.items() if "authority:" in str(service.get("volumes"))] == ["world"]


def test_a_shell_in_a_banks_container_hands_it_the_federation_and_the_authority_that_certified_it(
    tmp_path: Path,
) -> None:
    assert founding.main([str(tmp_path)]) == 0
    for bank in BANKS.values():
        home = _home(tmp_path, bank["environment"]["BANK_ID"])
        shell, flag, line = bank["command"]
        line = line.replace("/data", shlex.quote(str(home))).replace("python -m bank_node", "env")
        said = subprocess.run([shell, flag, line], env=bank["environment"], capture_output=True, text=True, check=True)
        told = dict(pair.split("=", 1) for pair in said.stdout.splitlines())
        secrets = read_secrets(home)
        assert told["FEDERATION_ID"] == read_roster(tmp_path).federation_id
        assert secrets.certificate is not None
        assert certified(
            told["AUTHORITY_PUBLIC_KEY"],
            told["FEDERATION_ID"],
            told["BANK_ID"],
            secrets.identity.public,
            secrets.certificate,
        )


def test_a_world_of_before_there_was_an_authority_gets_one_and_keeps_its_banks(tmp_path: Path) -> None:
    assert founding.main([str(tmp_path)]) == 0
    before = read_roster(tmp_path)
    for old in (tmp_path / "authority", *(tmp_path / "banks").iterdir()):
        shutil.rmtree(old)
        old.mkdir()  # a volume of its own, mounted there now
    assert founding.main([str(tmp_path)]) == 0
    assert read_roster(tmp_path) == before
    for bank_id in before.members:
        assert read_secrets(tmp_path / "banks" / bank_id).certificate is not None
        assert (tmp_path / "banks" / bank_id / "seed.json").is_file()


def test_the_folders_that_are_mounted_belong_to_the_bank_in_the_image() -> None:
    dockerfile = (ROOT / "compose/Dockerfile").read_text(encoding="utf-8")
    made = re.search(r"install -d -o bank -g bank -m 700 \\?\s*([^&\n]+)", dockerfile)
    assert made
    for service in (SERVICES["world"], *BANKS.values()):
        for volume in service["volumes"]:
            assert volume.split(":")[1] in made[1].split()


def test_another_world_on_old_data_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert founding.main([str(tmp_path), "--banks", "2"]) == 0
    assert founding.main([str(tmp_path), "--banks", "3"]) == 1
    assert "holds another federation: 2 banks" in capsys.readouterr().err


def test_the_image_has_the_locked_packages_the_three_rooms_and_no_root() -> None:
    dockerfile = (ROOT / "compose/Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in dockerfile
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE):
        assert all((ROOT / name).exists() for name in source.split())
    assert dockerfile.index("USER bank") < dockerfile.index('CMD ["python", "-m", "bank_node"]')
    for package in ("bank_node", "teller_ui", "federation"):
        assert f"COPY {package} {package}" in dockerfile
        assert f"!{package}" in (ROOT / "compose/Dockerfile.dockerignore").read_text(encoding="utf-8")


def test_docker_compose_reads_it_where_there_is_one() -> None:
    docker = shutil.which("docker")
    has_compose = docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False)
    if not has_compose or has_compose.returncode != 0:
        pytest.skip("no `docker compose` on this machine: the file is read by the other tests only")
    read = subprocess.run(
        [str(docker), "compose", "-f", str(FILE), "config", "--quiet"], capture_output=True, text=True, check=False
    )
    assert read.returncode == 0, read.stderr


def test_founding_needs_nothing_but_the_federation_package() -> None:
    code = (
        "import sys, federation.founding; sys.exit(any(m in sys.modules for m in ('fastapi', 'sqlalchemy', 'kafka')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
