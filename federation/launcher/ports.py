"""Ports: a free block for a federation, kept while it lives; who sits on one that is taken.

A block is the console's port and the banks' ports above it, and the broker's ports 10000 further up. What a federation
had last time it gets again, if nobody took it meanwhile.
"""

from __future__ import annotations

import errno
import fcntl
import os
import random
import socket
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from federation.failure import ExitCode, Failure
from federation.spec import HOST

DEFAULT_BASE = 8000
BLOCK = 100
PORT_MAX = 32_767  # above lies the range from which the system hands out ports to clients


@dataclass(frozen=True, slots=True)
class Block:
    """Ports of a federation of up to `size - 11` banks."""

    base: int
    size: int = BLOCK

    @property
    def console(self) -> int:
        return self.base

    def bank(self, position: int) -> int:
        """Position 0 is the first bank."""
        return self.base + 1 + position

    @property
    def broker(self) -> int:
        return self.base + 10_000 if self.base + 10_000 + 3 * self.size <= PORT_MAX else self.base - 10_000

    def listener(self, position: int) -> int:
        """The broker's own listener for one bank (lab); the banks' doors lie on the next as many."""
        return self.broker + 10 + position

    def needs(self, banks: int, broker: bool, lab: bool) -> list[int]:
        """The ports that must be free: the console's, the banks', and the broker's if it is ours."""
        ports = [self.console, *(self.bank(i) for i in range(banks))]
        if broker:
            ports += range(self.broker, self.broker + 6)  # up to three nodes, each with a controller
        if broker and lab:
            ports += (self.listener(i) for i in range(2 * banks))
        return ports

    def next(self) -> Block:
        return Block(self.base + self.size, self.size)


def block_at(base: int, banks: int) -> Block:
    return Block(base, ((banks + 10) // BLOCK + 1) * BLOCK)


def any_base() -> int:
    """Somewhere in the open country, for --any-port."""
    return random.randrange(100, 190) * BLOCK  # noqa: S311 (no secret; 10000 to 18900)


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise Failure(
                    f"port {port} is not for users", why="ports below 1024 are root's", do="--port-base 8000"
                ) from error
            return False
    if sys.platform != "linux":  # there a bind to 127.0.0.1 succeeds beside a listener on all addresses
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
            return caller.connect_ex((HOST, port)) != 0
    return True


def first_taken(ports: Iterable[int]) -> int | None:
    return next((port for port in ports if not is_free(port)), None)


def owner_of(port: int) -> str:
    """`python3 (pid 4711)` of who listens there, or empty where the system does not tell."""
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.pid and tuple(connection.laddr)[1:] == (port,):
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.Error, OSError):
        pass
    return ""


def claim(block: Block) -> int | None:
    """Keeps other federations of this user off the block: an open, locked file. None if another has it.

    The claim lives as long as the descriptor is open anywhere, so the supervisor inherits it and it ends with it.
    """
    folder = Path(tempfile.gettempdir()) / f"bankfed-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(folder / f"ports-{block.base // BLOCK * BLOCK}", flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def find_block(wanted: Block, banks: int, broker: bool, lab: bool, strict: bool) -> tuple[Block, int, str]:
    """The wanted block or the next free one, its claim, and the words about why it is another. Raises Failure."""
    block, said = wanted, ""
    while True:
        reason, descriptor = "another federation of yours keeps it", claim(block)
        if descriptor is not None:
            taken = first_taken(block.needs(banks, broker, lab))
            if taken is None:
                return block, descriptor, said
            os.close(descriptor)
            owner = owner_of(taken)
            reason = f"port {taken} is taken" + (f" by {owner}" if owner else "")
        if strict:
            raise Failure(
                f"the ports from {block.base} are not free",
                why=reason,
                do="end what holds it, or choose others: --port-base, --any-port",
                code=ExitCode.PORT_TAKEN,
            )
        block = block.next()
        said = f"{reason}; using the block from {block.base} instead of {wanted.base}"
        if block.needs(banks, broker, lab)[-1] > PORT_MAX or block.base > PORT_MAX - block.size:
            raise Failure("no free block of ports was found", why=reason, do="--port-base", code=ExitCode.PORT_TAKEN)
