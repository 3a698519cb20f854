"""Free ports for a broker and its banks: below the range from which the system hands out ports to clients, and below
the doors of the wire, which look for theirs from 20,000 on.
"""

from __future__ import annotations

import secrets
import socket

from federation.failure import ExitCode, Failure

FIRST, LAST = 10_500, 19_999
TRIES = 500


def free_block(count: int) -> int:
    """The first of so many neighbouring ports that nobody listens on now."""
    for _ in range(TRIES):
        first = FIRST + secrets.randbelow(LAST - FIRST - count)
        if all(is_free(port) for port in range(first, first + count)):
            return first
    raise Failure(f"no {count} free ports in a row from {FIRST} to {LAST}", code=ExitCode.PORT_TAKEN)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
