"""A submission's stay: what it gets, what can be done to its banks, and that nothing is left of it whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from federation.failure import Failure
from federation.grading.custody.kin import MARK, marked
from federation.grading.custody.limits import what_is_missing
from federation.grading.custody.lodging import LEFT_OUT, MADE_ANEW, copy_folder
from federation.grading.custody.register import Register, end_leftovers, enter
from federation.grading.custody.stay import Stay
from federation.grading.custody.ward import Unfit
from federation.grading.submission import LEVEL_1
from federation.launcher.processes import Process
from tests.support.strangers import BANK, handed_in, taken_in, visit

LIVES = """
    lives = DATA / "lives"
    lives.write_text((lives.read_text() if lives.exists() else "") + "I")
    class Told(Counter):
        def said(self):
            return lives.read_text()
    serve(counter=Told)
"""
WRITES = """
    journal = open(DATA / "journal", "ab", buffering=0)
    class Writes(Counter):
        def said(self):
            try:
                return str(journal.write(b"x" * 100_000))
            except OSError as error:
                return str(error)
    serve(counter=Writes)
"""
SETUP = '[setup]\ncommand = ["{{PYTHON}}", "-c", "{code}"]\nseconds = {seconds}\n'
GRADER = """
import signal, sys
from pathlib import Path
from federation.grading.custody.stay import Stay
from tests.support.strangers import taken_in

stay = Stay(Path(sys.argv[1]), Path(sys.argv[2]))
ward = taken_in(stay)
ward.start()
ward.wait_ready()
print(stay.mark, ward.life.process.pid, flush=True)
signal.pause()
"""


def asked(port: int, timeout_s: float = 10) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=timeout_s) as answer:
        return str(answer.read().decode())


def with_setup(code: str, seconds: int = 60) -> str:
    return BANK + SETUP.format(code=code, seconds=seconds)


def test_a_node_gets_an_environment_from_scratch_and_a_copy_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nobody's business")
    code = """
        Path("left here").touch()
        (DATA / "seen.json").write_text(json.dumps([dict(os.environ), os.getcwd(), os.getsid(0) == os.getpid()]))
        serve()
    """
    with visit(tmp_path, code) as here:
        here.ward.start()
        here.ward.wait_ready()
        environment, cwd, own_session = json.loads((here.ward.room.data / "seen.json").read_text())
        assert set(environment) - {"LC_CTYPE"} == {"PATH", "HOME", "TMPDIR", "LANG", MARK, *LEVEL_1}
        for name in ("HOME", "TMPDIR", "DATA_DIR", "SEED_FILE"):
            assert Path(environment[name]).is_relative_to(here.home)
        assert Path(cwd).is_relative_to(here.home)
        assert own_session
        assert not (tmp_path / "handed in" / "left here").exists()


def test_the_same_data_folder_is_there_in_the_next_life(tmp_path: Path) -> None:
    with visit(tmp_path, LIVES) as here:
        for lives in range(1, 4):
            here.ward.start()
            assert here.ward.wait_ready() < 20
            assert asked(here.port) == "I" * lives
            here.ward.kill()
            assert not here.ward.is_running
        assert here.ward.lives == 3
        assert here.ward.complaints == []


def test_a_paused_node_answers_when_it_goes_on(tmp_path: Path) -> None:
    with visit(tmp_path, LIVES) as here:
        here.ward.start()
        here.ward.wait_ready()
        here.ward.pause()
        with pytest.raises(OSError, match="timed out"):
            asked(here.port, 0.3)
        here.ward.resume()
        assert asked(here.port) == "I"
        here.ward.pause()
        assert here.ward.stop() < 10  # it is woken up for its end


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is of Linux")
def test_a_running_node_meets_a_full_disk_until_it_is_lifted(tmp_path: Path) -> None:
    with visit(tmp_path, WRITES) as here:
        here.ward.start()
        here.ward.wait_ready()
        assert asked(here.port) == "100000"
        assert here.ward.cap_files(4096)
        assert asked(here.port) == "[Errno 27] File too large"
        assert here.ward.cap_files(None)
        assert asked(here.port) == "100000"


def test_the_set_up_command_is_run_once_in_the_copy(tmp_path: Path) -> None:
    code = """
        class Told(Counter):
            def said(self):
                return Path("made").read_text()
        serve(counter=Told)
    """
    with visit(tmp_path, code, with_setup("open('made', 'a').write('once')")) as here:
        assert 0 < here.stay.set_up() < 60
        here.ward.start()
        here.ward.wait_ready()
        assert asked(here.port) == "once"


@pytest.mark.parametrize(
    ("code", "seconds", "words"),
    [
        ("raise SystemExit(2)", 60, "ended with 2. What to do: try it in a fresh copy of the folder."),
        ("import time; time.sleep(60)", 1, "was not done within 1 s."),
    ],
)
def test_a_set_up_that_fails_is_told(tmp_path: Path, code: str, seconds: int, words: str) -> None:
    with visit(tmp_path, "", with_setup(code, seconds)) as here, pytest.raises(Unfit) as caught:
        here.stay.set_up()
    assert words in str(caught.value)


def test_only_the_set_up_command_hears_of_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with visit(tmp_path, "", with_setup("import os; raise SystemExit('HTTPS_PROXY' not in os.environ)")) as here:
        here.stay.set_up()
        assert "HTTPS_PROXY" not in here.ward.room.environment()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_after_an_error_of_the_grader(tmp_path: Path, error: type[BaseException]) -> None:
    def interrupted() -> None:
        with visit(tmp_path, LIVES) as here:
            here.ward.start()
            here.ward.wait_ready()
            raise error

    with pytest.raises(error):
        interrupted()
    assert list((tmp_path / "home").iterdir()) == []


def test_a_grader_that_is_killed_takes_its_wards_with_it_and_the_next_one_tidies_up(tmp_path: Path) -> None:
    home, mine = tmp_path / "home", handed_in(tmp_path, LIVES)
    grader = subprocess.Popen(
        [sys.executable, "-c", GRADER, str(home), str(mine)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    try:
        assert grader.stdout is not None
        mark, pid = grader.stdout.readline().split()
        node = Process.of(int(pid))
        assert node is not None
        assert [process.pid for process in marked(f"{mark}.")] == [node.pid]
    finally:
        grader.send_signal(signal.SIGKILL)
        grader.wait(10)
        grader.stdout.close()  # type: ignore[union-attr]
    assert node.gone_within(20)
    assert (home / mark).is_dir()
    with Stay(home, mine) as stay:
        assert stay.leftovers.folders == 1
        assert not (home / mark).exists()


def test_what_a_grader_and_its_keepers_left_is_ended_by_pid_and_birth(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait(10)
    sleeper = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        process = Process.of(sleeper.pid)
        assert process is not None
        folder = tmp_path / "stay-x"
        folder.mkdir()
        register = Register(tmp_path, "stay-x", folder)
        enter(register.file, process)
        enter(register.file, Process(os.getpid(), 1.0))  # our number, at another time: not us
        assert end_leftovers(tmp_path).processes == 0  # its grader lives
        rows = [json.loads(line) for line in register.file.read_text().splitlines()]
        rows[0]["owner"] = {"pid": gone.pid, "birth": 1.0}
        register.file.write_text("\n".join(map(json.dumps, rows)) + '\n{"half a li')
        assert end_leftovers(tmp_path).processes == 1
        assert sleeper.wait(10) == -signal.SIGKILL
    finally:
        sleeper.kill()
        sleeper.wait(10)
    assert list(tmp_path.iterdir()) == []


def test_a_leftover_register_deletes_nothing_outside_of_its_home(tmp_path: Path) -> None:
    home, precious = tmp_path / "home", tmp_path / "precious"
    home.mkdir()
    precious.mkdir()
    register = Register(home, "stay-x", precious)
    row = json.loads(register.file.read_text())
    register.file.write_text(json.dumps(row | {"owner": {"pid": 1, "birth": -1.0}}))
    assert end_leftovers(home).folders == 0
    assert precious.is_dir()


def test_a_copy_has_files_and_links_but_no_pipes_and_nothing_that_is_made_anew(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for folder in ("src", "node_modules", ".git"):
        (source / folder).mkdir(parents=True)
        (source / folder / "file").write_text("x")
    os.mkfifo(source / "pipe")
    (source / "link").symlink_to("/etc")
    copy_folder(source, tmp_path / "copy", LEFT_OUT | MADE_ANEW)
    found = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*")}
    assert found - {"link"} == {"src", "src/file"}
    assert (tmp_path / "copy" / "link").is_symlink()


def test_a_folder_that_is_too_much_is_refused_in_words(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    with (source / "film").open("wb") as film:
        film.truncate(300 * 2**20)
    with pytest.raises(Failure, match="is too much: more than 20,000 files or 200 MiB"):
        copy_folder(source, tmp_path / "copy")


def test_what_is_no_submission_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Failure, match=r"there is no bank\.toml"):
        Stay(tmp_path / "home", tmp_path / "empty")
    assert list((tmp_path / "home").iterdir()) == []


def test_two_stays_at_once_do_not_touch_each_other(tmp_path: Path) -> None:
    mine = handed_in(tmp_path, LIVES)
    with Stay(tmp_path / "home", mine) as one, Stay(tmp_path / "home", mine) as other:
        wards = [taken_in(one), taken_in(other)]
        for ward in wards:
            ward.start()
            ward.wait_ready()
        one.close()
        assert [ward.is_running for ward in wards] == [False, True]
        assert asked(wards[1].place.port) == "I"


def test_logs_are_saved_for_the_report(tmp_path: Path) -> None:
    with visit(tmp_path, 'print("hello", flush=True); serve()') as here:
        here.ward.start()
        here.ward.wait_ready()
        here.ward.stop()
        here.stay.lodging.save_logs(tmp_path / "report")
    assert (tmp_path / "report" / "ALFA.log").read_text() == "hello\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the others lack something, and say so")
def test_on_linux_nothing_is_missing() -> None:
    assert what_is_missing() == ()


def test_what_processes_share_is_counted_once(tmp_path: Path) -> None:
    code = """
        shared = b"x" * 50_000_000
        for _ in range(4):
            if os.fork() == 0:
                signal.pause()
        serve()
    """
    with visit(tmp_path, code, memory_mib=160) as here:
        here.ward.start()
        here.ward.wait_ready()
        assert here.ward.life is not None
        while here.ward.memory_mib_max < 60:
            assert not here.ward.life.wait(0.1)
        assert here.ward.memory_mib_max < 160
