"""The name under which a process holds a lease, and whether the process of such a name is surely gone.

`host/pid/random`. Only of a process of this very host (this boot, this container) can one know that it is gone;
of any other, and in any doubt, the answer is no, and its lease has to run out.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sys
from contextlib import suppress
from pathlib import Path

_NAME = re.compile(r"([^/]+)/(\d{1,10})/(\d*)-[0-9a-f]+")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_ENDED = ("Z", "X")  # nobody has asked for its exit yet


def process_name() -> str:
    """A new one at each call: two post rooms of one process are two."""
    _, started = _state_and_start(os.getpid())
    return f"{_host()}/{os.getpid()}/{started}-{os.urandom(4).hex()}"


def is_gone(name: str) -> bool:
    """True where the process was of this host and has ended. Never true of one that lives, or is not known."""
    found = _NAME.fullmatch(name)
    if found is None or found[1] != _host() or sys.platform == "win32":  # there, asking with a signal would end it
        return False
    pid = int(found[2])
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass  # somebody else's, and alive
    state, started = _state_and_start(pid)
    anothers = bool(started and found[3]) and started != found[3]  # the number is used again
    return state in _ENDED or anothers


def _host() -> str:
    """This host, this boot of it, and within it the container whose process numbers these are."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(_BOOT.read_text(encoding="ascii"))
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return f"{parts[0].replace('/', '-')}.{hashlib.sha256(''.join(parts).encode()).hexdigest()[:8]}"


def _state_and_start(pid: int) -> tuple[str, str]:
    """A letter, and the tick at which it started; empty where the system does not tell."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return words[0], words[19]
    except (OSError, IndexError):
        return "", ""
