"""Submissions that cheat, break or do not know better: each gets a verdict in words, and leaves nothing behind."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from federation.grading.custody import life
from federation.grading.custody.kin import living, marked
from federation.grading.custody.ward import Unfit, Ward
from tests.support.strangers import visit

linux = pytest.mark.skipif(sys.platform != "linux", reason="found by the kernel of Linux only")


def unfit(ward: Ward, seconds: float = 20.0) -> str:
    """The verdict on a node that does not get ready."""

    def get_ready() -> None:
        ward.start()
        ward.wait_ready(seconds)

    with pytest.raises(Unfit) as caught:
        get_ready()
    assert ward.complaints == [caught.value.complaint]
    return f"{caught.value.complaint.kind}: {caught.value}"


def ended(ward: Ward) -> str:
    """The verdict on a node that got ready and then ended by itself."""
    ward.start()
    ward.wait_ready()
    assert ward.life is not None
    assert ward.life.wait(20)
    ward.close()
    (complaint,) = ward.complaints
    return f"{complaint.kind}: {complaint}"


def test_one_that_prints_a_perfect_score_is_not_read(tmp_path: Path) -> None:
    code = """
        print(json.dumps({"score": 100, "tests": [{"score": 100, "max_score": 100}]}), flush=True)
        serve()
    """
    with visit(tmp_path, code) as here:
        here.ward.start()
        here.ward.wait_ready()
        here.ward.stop()
        assert here.ward.complaints == []
        assert '"score": 100' in here.ward.last_lines()  # for people
        assert [event.what for event in here.ward.events if event.what != "memory"] == ["started", "ready", "killed"]


def test_of_one_that_prints_without_end_the_beginning_is_kept(tmp_path: Path) -> None:
    code = """
        for _ in range(300):
            print("x" * 10_000)
        print("the end", flush=True)
        serve()
    """
    with visit(tmp_path, code, log_mib=1) as here:
        here.ward.start()
        here.ward.wait_ready()
        here.ward.stop()
        assert here.ward.log.stat().st_size < 1.1 * 2**20
        assert here.ward.last_lines(1) == "… what it printed after this is not kept"


@pytest.mark.parametrize("leave", ["", "os.setsid()"], ids=["in its group", "each in a session of its own"])
def test_one_that_forks_without_end_is_ended(tmp_path: Path, leave: str) -> None:
    code = f"""
        for _ in range(400):  # the machine is not ours alone
            if os.fork() == 0:
                {leave or "pass"}
                time.sleep(600)
        time.sleep(600)
    """
    with visit(tmp_path, code, processes=20) as here:
        words = unfit(here.ward)
        assert words.startswith("processes: ALFA took ")
        assert "and was ended: 20 are the limit. What to do: one process is enough" in words


def test_one_that_fills_the_disk_is_ended(tmp_path: Path) -> None:
    code = """
        for number in range(40):
            (DATA / str(number)).write_bytes(b"x" * 1_000_000)
        signal.pause()
    """
    with visit(tmp_path, code, disk_mib=8) as here:
        assert "MiB on the disk and was ended: 8 are the limit" in unfit(here.ward)


def test_one_whose_file_is_too_long_hears_of_it_and_lives(tmp_path: Path) -> None:
    shell = "head -c 3000000 /dev/zero > $DATA_DIR/long; echo it ended with $?; exec {PYTHON} node.py"
    bank = f'name = "x"\ncontract = 1\n[start]\ncommand = ["sh", "-c", "{shell}"]\n'
    with visit(tmp_path, "serve()", bank, file_mib=2) as here:
        here.ward.start()
        here.ward.wait_ready()
        assert "it ended with 1\n" in here.ward.last_lines() + "\n"  # by a signal it would be 153


def test_one_that_kills_its_parent_ends_with_it_and_the_grader_goes_on(tmp_path: Path) -> None:
    code = """
        os.kill(os.getppid(), signal.SIGKILL)
        serve()
    """
    with visit(tmp_path, code) as here:
        words = unfit(here.ward)
        assert words.startswith("keeper: ALFA ended the process that looks after it, and itself with it. What to do:")


@linux
def test_a_daemon_whose_keeper_was_killed_is_found_by_its_mark(tmp_path: Path) -> None:
    code = """
        daemon()
        os.kill(os.getppid(), signal.SIGKILL)
        serve()
    """
    with visit(tmp_path, code) as here:
        assert unfit(here.ward).startswith("keeper: ")
        assert here.ward.life is not None
        assert here.ward.life.over is not None
        assert here.ward.life.over.left >= 1
        assert here.ward.life.over.still == 0


@linux
def test_many_whose_keeper_was_killed_are_found_too(tmp_path: Path) -> None:
    code = """
        for _ in range(40):
            if os.fork() == 0:
                os.setsid()
                signal.pause()
        os.kill(os.getppid(), signal.SIGKILL)
        serve()
    """
    with visit(tmp_path, code) as here:
        assert unfit(here.ward).startswith("keeper: ")
        assert here.ward.life is not None
        assert here.ward.life.over is not None
        assert here.ward.life.over.left >= 40
        assert here.ward.life.over.still == 0


def test_one_that_stops_its_keeper_is_ended_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life, "SWEEP_S", 2.0)
    monkeypatch.setattr(life, "ORDER_S", 1.0)
    code = """
        os.kill(os.getppid(), signal.SIGSTOP)
        serve()
    """
    with visit(tmp_path, code) as here:
        here.ward.start()
        here.ward.wait_ready()
        here.ward.kill()
        assert here.ward.life is not None
        assert marked(here.ward.life.charge.mark) == []


def test_one_that_sends_signals_to_its_keeper_does_not_get_rid_of_it(tmp_path: Path) -> None:
    code = """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(os.getppid(), number)
        serve()
    """
    with visit(tmp_path, code) as here:
        here.ward.start()
        here.ward.wait_ready()
        here.ward.stop()
        assert here.ward.complaints == []


@linux
def test_one_that_listens_on_another_port_is_told_which(tmp_path: Path) -> None:
    with visit(tmp_path, "serve(PORT + 1)") as here:
        words = unfit(here.ward, 1.0)
        assert f"ALFA listens on {here.port + 1}, not on PORT {here.port}. What to do: listen on 127.0.0.1" in words


@linux
def test_one_whose_port_is_answered_by_somebody_else_is_not_ready(tmp_path: Path) -> None:
    code = """
        serve(PORT if os.environ["BANK_ID"] == "BRVO" else PORT + 1)
    """
    with visit(tmp_path, code) as here:
        there = here.stay.place("BRVO", here.port, "127.0.0.1:9", here.ward.place.peers)
        other = here.stay.take_in(there, {"accounts": []})
        other.start()
        other.wait_ready()
        here.ward.start()
        assert here.ward.life is not None
        while not here.ward.life.ports():
            here.ward.life.wait(0.05)
        with pytest.raises(Unfit, match=f"PORT {here.port} of ALFA is answered by a process that is not of this node"):
            here.ward.wait_ready()


def test_one_that_answers_but_never_gets_ready_is_told_so(tmp_path: Path) -> None:
    code = """
        class Never(Counter):
            def status(self):
                return 503
        serve(counter=Never)
    """
    with visit(tmp_path, code) as here:
        words = unfit(here.ward, 1.0)
        assert "/readyz of ALFA did not answer 200 within 20 s; its last answer was 503. What to do: be ready" in words


def test_one_that_never_listens_is_told_so(tmp_path: Path) -> None:
    with visit(tmp_path, "signal.pause()") as here:
        assert f"Nobody listened on 127.0.0.1:{here.port} of ALFA within 20 s" in unfit(here.ward, 0.5)


def test_one_that_exits_at_once_is_told_so_at_once(tmp_path: Path) -> None:
    with visit(tmp_path, 'print("I have no broker"); sys.exit(3)') as here:
        words = unfit(here.ward)
        assert words.startswith("ended: ALFA ended by itself with code 3, ")
        assert words.endswith("s after its start, before it was ready. What to do: its log says why.")
        assert here.ward.last_lines() == "I have no broker"


def test_one_that_cannot_be_run_is_told_why(tmp_path: Path) -> None:
    bank = 'name = "x"\ncontract = 1\n[start]\ncommand = ["no-such-program"]\n'
    with visit(tmp_path, "", bank) as here:
        assert unfit(here.ward).startswith("not_started: ALFA could not be started: no-such-program: there is no such")


def test_one_that_crashes_later_is_noticed_without_being_asked(tmp_path: Path) -> None:
    code = """
        threading.Timer(0.3, lambda: os._exit(9)).start()
        serve()
    """
    heard = []
    with visit(tmp_path, code) as here:
        here.ward.on_end = heard.append
        assert ended(here.ward).startswith("ended: ALFA ended by itself with code 9, after it was ready")
        assert heard == [here.ward]
        assert [event.what for event in here.ward.events if event.what != "memory"] == ["started", "ready", "ended"]


def test_one_that_dies_where_it_was_told_to_is_not_told_off(tmp_path: Path) -> None:
    with visit(tmp_path, "sys.exit(9)") as here:
        here.ward.start(replace(here.ward.place, failpoints="boot.recovery=kill@1"))
        assert here.ward.life is not None
        assert here.ward.life.wait(20)
        here.ward.close()
        assert here.ward.complaints == []
        assert [event.what for event in here.ward.events if event.what != "memory"] == ["started"]


def test_one_that_crashes_can_be_started_again_by_whoever_hears_of_it(tmp_path: Path) -> None:
    code = """
        if not (DATA / "was here").exists():
            (DATA / "was here").touch()
            threading.Timer(0.2, lambda: os._exit(9)).start()
        serve()
    """
    again = threading.Event()

    def start(ward: Ward) -> None:
        ward.start()
        again.set()

    with visit(tmp_path, code) as here:
        here.ward.on_end = start
        here.ward.start()
        here.ward.wait_ready()
        assert again.wait(20)
        here.ward.wait_ready()
        assert here.ward.is_running
        assert here.ward.lives == 2


def test_one_that_ignores_sigterm_is_killed_and_told(tmp_path: Path) -> None:
    code = """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        serve()
    """
    with visit(tmp_path, code) as here:
        here.ward.start()
        here.ward.wait_ready()
        assert here.ward.stop(0.3) >= 0.3
        assert [str(one) for one in here.ward.complaints] == [
            "ALFA was still there 10 s after SIGTERM, and was killed. What to do: end within 10 s of SIGTERM: "
            "what must not get lost is on the disk anyway."
        ]


def test_one_that_eats_memory_is_ended(tmp_path: Path) -> None:
    code = """
        eaten = []
        while True:
            eaten.append(b"x" * 5_000_000)
            time.sleep(0.02)
    """
    with visit(tmp_path, code, memory_mib=60) as here:
        assert "MiB of memory and was ended: 60 are the limit. What to do: 300 MB are" in unfit(here.ward)


def test_memory_all_at_once_meets_a_wall(tmp_path: Path) -> None:
    with visit(tmp_path, 'b"x" * 2_000_000_000', data_mib=200) as here:
        assert "ended by itself with code 1" in unfit(here.ward)
        assert "MemoryError" in here.ward.last_lines()


def test_one_that_leaves_a_daemon_behind_is_told_and_the_daemon_ended(tmp_path: Path) -> None:
    code = """
        threading.Timer(0.3, lambda: (daemon(), os._exit(0))).start()
        serve()
    """
    with visit(tmp_path, code) as here:
        words = ended(here.ward)
        assert words.startswith("left_behind: ALFA ended with code 0 after it was ready, and left a process behind.")


def test_a_daemon_is_killed_with_the_node_that_made_it(tmp_path: Path) -> None:
    code = """
        daemon()
        serve()
    """
    with visit(tmp_path, code) as here:
        here.ward.start()
        here.ward.wait_ready()
        here.ward.kill()
        assert here.ward.life is not None
        assert marked(here.ward.life.charge.mark) == []
        assert here.ward.complaints == []  # it was killed: nobody can ask it to tidy up


def test_one_that_writes_to_the_result_file_writes_in_vain(tmp_path: Path) -> None:
    result = tmp_path / "results.json"
    code = f"""
        Path({str(result)!r}).write_text("a perfect score")
        serve()
    """
    with visit(tmp_path, code) as here:
        here.ward.start()
        here.ward.wait_ready()
    assert living([here.ward.life.process.pid] if here.ward.life and here.ward.life.process else []) == []
    result.write_text("what the grader found")  # only now, when nobody is left who could write over it
    assert result.read_text() == "what the grader found"


def test_one_that_locks_its_folders_leaves_none_behind(tmp_path: Path) -> None:
    code = """
        (DATA / "locked" / "deep").mkdir(parents=True)
        (DATA / "locked").chmod(0)
        serve()
    """
    with visit(tmp_path, code) as here:
        here.ward.start()
        here.ward.wait_ready()
