"""The supervisor, tick by tick: no process, no clock, a broker of paper."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bank_node.identity import read_secrets
from bank_node.transfers.keys import certified
from federation.folder import Folder, write_json
from federation.launcher.broker_keeper import BrokerKeeper, Kept
from federation.launcher.child import Errand
from federation.launcher.keeper import State
from federation.launcher.supervisor import Supervisor, read_stopped
from federation.spec import BankSpec, BrokerSpec, FederationSpec
from tests.support.readyz_bank import PaperBroker


class PaperForks:
    """Forks nothing; every signal is obeyed on the next look."""

    pid = 1

    def __init__(self) -> None:
        self.errands: list[Errand] = []
        self.signals: list[tuple[str, int]] = []
        self.news: list[dict[str, Any]] = []
        self._pids: dict[int, str] = {}

    def start(self, errand: Errand) -> None:
        self.errands.append(errand)
        pid = 1_000_000_000 + len(self.errands)  # none that a process could have
        self._pids[pid] = errand.bank_id
        self.news.append({"started": errand.bank_id, "pid": pid})

    def send(self, pid: int, number: signal.Signals) -> None:
        self.signals.append((self._pids[pid], number))
        self.die(self._pids[pid], 0 if number == signal.SIGTERM else -number)

    def die(self, bank_id: str, code: int) -> None:
        pid = next(pid for pid, name in reversed(self._pids.items()) if name == bank_id)
        self.news.append({"ended": bank_id, "pid": pid, "code": code})

    def messages(self) -> list[dict[str, Any]]:
        found, self.news = self.news, []
        return found


class Stage:
    def __init__(self, folder: Folder) -> None:
        banks = (BankSpec("ALFA", 8001), BankSpec("BRVO", 8002))
        self.spec = FederationSpec("f" * 32, 42, banks, BrokerSpec())
        folder.make()
        folder.write_spec(self.spec)
        self.folder = folder
        self.now_s = 0.0
        self.forks = PaperForks()
        self.forks_made = 0
        self.broker = PaperBroker(folder.broker)
        self.supervisor = Supervisor(
            folder,
            self.spec,
            BrokerKeeper(self.broker, wanted="broker" not in read_stopped(folder)),
            self._make_forks,
            listens=lambda _port: True,
            send=self.forks.send,
            clock_s=lambda: self.now_s,
        )

    def _make_forks(self) -> PaperForks:
        self.forks_made += 1
        self.forks.news = []  # what a zygote had to say dies with it
        return self.forks

    def ticks(self, count: int = 6) -> None:
        for _ in range(count):
            self.now_s += 0.5
            self.supervisor.tick()
            self.supervisor.broker._hand.submit(lambda: None).result()  # what it was told to do is done

    def order(self, **request: Any) -> None:
        box = self.folder.run / "requests"
        box.mkdir(exist_ok=True)
        write_json(box / f"{len(list(box.iterdir()))}.json", request)
        self.ticks()

    def state(self, bank_id: str) -> State:
        return self.supervisor.keepers[bank_id].state

    def written(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.folder.state_json.read_text(encoding="utf-8"))
        return found


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(Folder(tmp_path))
    made.ticks()
    return made


def test_all_banks_and_the_broker_come_up(stage: Stage) -> None:
    assert stage.state("ALFA") is stage.state("BRVO") is State.UP
    assert stage.supervisor.broker.state is Kept.UP
    assert not stage.supervisor.restless
    assert {name: one["state"] for name, one in stage.written()["banks"].items()} == {"ALFA": "up", "BRVO": "up"}


def test_a_bank_is_told_who_it_is_and_whom_it_knows(stage: Stage) -> None:
    env = stage.forks.errands[0].env
    assert (env["BANK_ID"], env["PORT"], env["HOST"]) == ("ALFA", "8001", "127.0.0.1")
    assert env["PEERS"] == "ALFA=http://127.0.0.1:8001,BRVO=http://127.0.0.1:8002"
    assert env["FEDERATION_ID"] == stage.spec.federation_id
    assert env["KAFKA_BOOTSTRAP_SERVERS"] == "paper:ALFA"
    assert json.loads(Path(env["SEED_FILE"]).read_text(encoding="utf-8"))["id"] == "ALFA"
    assert env["DATA_DIR"] == str(stage.folder.bank("ALFA"))


def test_a_crashed_bank_is_started_again_and_it_is_said(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.forks.die("ALFA", -signal.SIGKILL)
    stage.ticks()
    assert stage.state("ALFA") is State.UP
    assert [errand.bank_id for errand in stage.forks.errands] == ["ALFA", "BRVO", "ALFA"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said = next(line for line in lines if "SIGKILL" in line["event"])
    assert (said["bank"], said["level"]) == ("ALFA", "error")
    assert stage.written()["banks"]["ALFA"]["restarts"] == 1


def test_what_was_stopped_on_purpose_stays_down_also_in_the_next_life(stage: Stage) -> None:
    stage.order(do="stop", target="BRVO")
    stage.order(do="stop", target="broker")
    assert stage.state("BRVO") is State.STOPPED
    stage.supervisor.end()
    stage.ticks()
    next_life = Stage(stage.folder)
    next_life.ticks()
    assert next_life.state("ALFA") is State.UP
    assert next_life.state("BRVO") is State.STOPPED
    assert next_life.supervisor.broker.state is Kept.STOPPED
    next_life.order(do="start", target="BRVO")
    assert next_life.state("BRVO") is State.UP
    assert read_stopped(stage.folder) == ["broker"]


def test_a_dead_broker_is_not_started_again_by_itself_and_it_is_said(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    (stage.folder.broker / "down").touch()
    stage.ticks(20)
    assert stage.broker.done == ["start"]
    assert stage.written()["broker"]["state"] == "died"
    assert "bankfed start broker" in stage.written()["broker"]["note"]
    assert capsys.readouterr().out.count("it died") == 1
    stage.order(do="start", target="broker")
    assert stage.broker.done == ["start", "start"]
    assert stage.supervisor.broker.state is Kept.UP


def test_the_end_stops_the_banks_and_then_the_broker(stage: Stage) -> None:
    stage.supervisor.end()
    stage.ticks(1)
    assert stage.broker.done == ["start"]
    stage.ticks()
    assert stage.supervisor.finished
    assert stage.broker.done == ["start", "stop"]
    assert [number for _, number in stage.forks.signals] == [signal.SIGTERM, signal.SIGTERM]


def test_an_end_at_once_kills(stage: Stage) -> None:
    stage.supervisor.end(at_once=True)
    stage.ticks()
    assert stage.supervisor.finished
    assert stage.broker.done == ["start", "kill"]
    assert [number for _, number in stage.forks.signals] == [signal.SIGKILL, signal.SIGKILL]


def test_a_federation_that_grows_starts_the_new_bank_and_makes_it_known_to_the_others(stage: Stage) -> None:
    grown = FederationSpec("f" * 32, 42, (*stage.spec.banks, BankSpec("CHRL", 8003)), BrokerSpec())
    stage.folder.write_spec(grown)
    stage.order(do="reread")
    assert [errand.bank_id for errand in stage.forks.errands[2:]] == ["CHRL", "ALFA", "BRVO"]
    assert all("CHRL=" in errand.env["PEERS"] for errand in stage.forks.errands[2:])
    assert all(stage.state(name) is State.UP for name in ("ALFA", "BRVO", "CHRL"))


def certified_by(stage: Stage, authority: str, bank_id: str) -> bool:
    secrets = read_secrets(stage.folder.bank(bank_id))
    assert secrets.certificate is not None
    return certified(authority, stage.spec.federation_id, bank_id, secrets.identity.public, secrets.certificate)


def test_every_bank_is_certified_before_it_starts_by_the_authority_it_is_told_of(stage: Stage) -> None:
    authority = stage.forks.errands[0].env["AUTHORITY_PUBLIC_KEY"]
    assert [errand.env["AUTHORITY_PUBLIC_KEY"] for errand in stage.forks.errands] == [authority, authority]
    assert certified_by(stage, authority, "ALFA")
    assert certified_by(stage, authority, "BRVO")
    assert read_secrets(stage.folder.bank("ALFA")).identity != read_secrets(stage.folder.bank("BRVO")).identity


def test_a_bank_that_joins_later_is_certified_by_the_same_authority(stage: Stage) -> None:
    authority = stage.forks.errands[0].env["AUTHORITY_PUBLIC_KEY"]
    stage.folder.write_spec(FederationSpec("f" * 32, 42, (*stage.spec.banks, BankSpec("CHRL", 8003)), BrokerSpec()))
    stage.order(do="reread")
    assert {errand.env["AUTHORITY_PUBLIC_KEY"] for errand in stage.forks.errands} == {authority}
    assert certified_by(stage, authority, "CHRL")


def test_a_bank_whose_key_is_damaged_is_refused_in_words_and_given_up(tmp_path: Path) -> None:
    stage = Stage(Folder(tmp_path))
    read_secrets(stage.folder.bank("BRVO"))
    key = stage.folder.bank("BRVO") / "secrets" / "identity.key"
    whole = key.read_text(encoding="ascii")
    key.write_text(whole[:20], encoding="ascii")
    stage.ticks(20)
    assert (stage.state("ALFA"), stage.state("BRVO")) == (State.UP, State.FAILED)
    assert [errand.bank_id for errand in stage.forks.errands] == ["ALFA"]
    said = stage.folder.output("BRVO").read_text(encoding="utf-8")
    assert "BRVO cannot be certified: the key" in said
    assert "is damaged" in said
    assert whole[:20] not in said
    key.write_text(whole, encoding="ascii")
    stage.order(do="start", target="BRVO")
    assert stage.state("BRVO") is State.UP


def test_no_private_key_is_in_what_a_supervisor_writes_says_and_hands_on(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    key_files = [path for path in stage.folder.root.rglob("*.key") if path.is_file()]
    assert len(key_files) == 5  # the authority's, and two of each bank
    others = [path for path in stage.folder.root.rglob("*") if path.is_file() and path not in key_files]
    assert stage.folder.world_json in others
    shown = [path.read_text(encoding="utf-8") for path in others]
    shown += [json.dumps(errand.as_json()) for errand in stage.forks.errands] + [capsys.readouterr().out]
    for key in key_files:
        assert not [text for text in shown if key.read_text(encoding="ascii").strip() in text]


def test_when_the_zygote_dies_its_banks_are_started_from_a_new_one(stage: Stage) -> None:
    stage.forks.news.append({"gone": -9})
    stage.ticks()
    assert stage.forks_made == 2
    assert stage.state("ALFA") is stage.state("BRVO") is State.UP


def test_what_a_fault_has_stopped_is_not_remembered_unless_somebody_stops_it_too(stage: Stage) -> None:
    stage.order(do="stop", target="ALFA", kill=True, passing=True)
    stage.order(do="stop", target="broker", kill=True, passing=True)
    assert stage.state("ALFA") is State.STOPPED
    assert read_stopped(stage.folder) == []
    stage.order(do="stop", target="ALFA")
    assert read_stopped(stage.folder) == ["ALFA"]
    stage.order(do="start", target="ALFA")
    assert stage.state("ALFA") is State.UP
    assert read_stopped(stage.folder) == []


def test_only_in_a_lab_a_bank_is_started_with_something_wrong_and_only_until_its_next_start(stage: Stage) -> None:
    wrong = {"BANK_CLOCK_OFFSET_MS": "3600000"}
    for lab, told in ((False, None), (True, "3600000")):
        stage.supervisor.spec = replace(stage.spec, lab=lab)
        stage.order(do="stop", target="ALFA", passing=True)
        stage.order(do="start", target="ALFA", env=wrong)
        assert stage.forks.errands[-1].env.get("BANK_CLOCK_OFFSET_MS") == told
    stage.forks.die("ALFA", -9)
    stage.ticks()
    assert stage.forks.errands[-1].env["BANK_CLOCK_OFFSET_MS"] == "3600000"  # a crash mends no clock
    stage.order(do="stop", target="ALFA", passing=True)
    stage.order(do="start", target="ALFA")
    assert "BANK_CLOCK_OFFSET_MS" not in stage.forks.errands[-1].env


def test_an_order_for_nobody_is_ignored(stage: Stage) -> None:
    stage.order(do="stop", target="ZULU")
    stage.order(nonsense=True)
    assert stage.state("ALFA") is State.UP
    assert list((stage.folder.run / "requests").iterdir()) == []
