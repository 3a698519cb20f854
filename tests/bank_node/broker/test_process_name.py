"""Whose lease may be taken at once: only that of a process of this host which has surely ended."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise

import pytest

from bank_node.broker import process_name as names
from bank_node.broker.process_name import is_gone, process_name


def named(**parts: str) -> str:
    """This process's name with some of its parts exchanged."""
    host, pid, mark = process_name().split("/")
    started, random = mark.split("-")
    known = {"host": host, "pid": pid, "started": started, "random": random, **parts}
    return f"{known['host']}/{known['pid']}/{known['started']}-{known['random']}"


def test_every_name_is_another_one_and_says_who() -> None:
    made = [process_name() for _ in range(3)]
    assert all(one != other for one, other in pairwise(made))
    assert all(f"/{os.getpid()}/" in name for name in made)


def test_a_living_process_is_not_gone_be_it_this_one() -> None:
    assert not is_gone(process_name())
    assert not is_gone(named(pid=str(os.getppid()), started=names._state_and_start(os.getppid())[1]))


def test_a_process_of_this_host_that_has_ended_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    started = names._state_and_start(child.pid)[1]
    child.wait()
    assert is_gone(named(pid=str(child.pid), started=started))


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the system does not tell")
def test_one_that_has_ended_and_was_not_asked_for_its_exit_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    name = named(pid=str(child.pid), started=names._state_and_start(child.pid)[1])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(name)
    child.wait()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the system does not tell")
def test_another_process_with_the_same_number_is_another_process() -> None:
    assert is_gone(named(started="1"))


def test_who_cannot_be_judged_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = "4194304999"
    assert not is_gone(named(host="elsewhere", pid=dead))
    assert not is_gone("")
    assert not is_gone("somebody")
    assert not is_gone(named(pid="x"))
    assert is_gone(named(pid=dead))
    monkeypatch.setattr(names, "_state_and_start", lambda pid: ("", ""))
    assert not is_gone(named(started="1"))
    monkeypatch.setattr(os, "kill", lambda *_: (_ for _ in ()).throw(PermissionError()))
    assert not is_gone(named(pid="1", started="9"))
    monkeypatch.setattr(sys, "platform", "win32")
    assert not is_gone(named(pid=dead))
