"""An address that a bank calls in place of a broker. Opened and shut at once, so that healing needs no waiting; a port
that is shut is kept, so that nobody else gets it meanwhile."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from contextlib import suppress

from federation.failure import ExitCode, Failure

HOST = "127.0.0.1"
WAITING = 100  # connections that nobody has taken yet
FIRST_PORT, LAST_PORT = 20_000, 32_767  # where a door without a port looks for one; above lies the ephemeral range
TRY_AGAIN_S = 0.05


class Door:
    """Shut when made. `taken` is given each connection; a port of 0 is one that is free and not to be `avoided`."""

    def __init__(
        self,
        bank: str,
        broker: tuple[str, int],
        port: int,
        taken: Callable[[Door, socket.socket], None],
        avoided: Callable[[], set[int]] = set,
    ) -> None:
        self.bank, self.broker, self.port = bank, broker, port
        self._taken, self._avoided = taken, avoided
        self._listening: socket.socket | None = None
        self._kept: socket.socket | None = None  # bound to the port and listening to nobody
        self._trying: asyncio.TimerHandle | None = None

    @property
    def address(self) -> tuple[str, int]:
        return HOST, self.port

    @property
    def is_open(self) -> bool:
        return self._listening is not None

    def open(self) -> None:
        """Raises Failure if somebody else listens there."""
        if self._listening is not None:
            return
        try:
            kept, self._kept = self._kept, None
            self._listening = _listening_on(self.port, kept) if self.port else _listening_somewhere(self._avoided())
            self.port = self._listening.getsockname()[1]
        except OSError as error:
            raise Failure(
                f"the proxy of {self.bank} cannot listen on port {self.port}",
                why=error.strerror or str(error),
                do="end what holds it, or choose another port",
                code=ExitCode.PORT_TAKEN,
            ) from error
        self._listen()

    def open_again(self, worry: Callable[[str], None]) -> None:
        """As `open`; where somebody has taken the port meanwhile, until he gives it back."""
        self._trying = None
        try:
            self.open()
        except Failure as failure:
            worry(f"{failure.what}: {failure.why}")
            self._trying = asyncio.get_running_loop().call_later(TRY_AGAIN_S, self.open_again, worry)

    def shut(self) -> None:
        """Whoever calls is refused; lines that are open stay."""
        self._stop_listening()
        if self._kept is None:
            with suppress(OSError):  # somebody was quicker: it is tried again when it opens
                self._kept = _kept_from_others(self.port)

    def close(self) -> None:
        """For good."""
        self._stop_listening()
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _stop_listening(self) -> None:
        if self._trying is not None:
            self._trying.cancel()
            self._trying = None
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
            self._listening = None

    def _listen(self) -> None:
        if self._listening is not None:
            asyncio.get_running_loop().add_reader(self._listening, self._somebody_calls)

    def _somebody_calls(self) -> None:
        assert self._listening is not None
        try:
            caller, _ = self._listening.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):  # he waits, and we do not spin
                loop = asyncio.get_running_loop()
                loop.remove_reader(self._listening)
                self._trying = loop.call_later(TRY_AGAIN_S, self._listen)
            return  # else he has hung up already
        caller.setblocking(False)
        self._taken(self, caller)


def _listening_on(port: int, kept: socket.socket | None = None) -> socket.socket:
    made = kept or socket.socket()
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if kept is None:
            made.bind((HOST, port))
        made.listen(WAITING)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _kept_from_others(port: int) -> socket.socket:
    """Bound as who reuses the address, for lines of it are closing; and then nobody else may reuse it."""
    made = socket.socket()
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((HOST, port))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    except OSError:
        made.close()
        raise
    return made


def _listening_somewhere(avoided: set[int]) -> socket.socket:
    for port in range(FIRST_PORT, LAST_PORT + 1):
        if port not in avoided:
            with suppress(OSError):
                return _listening_on(port)
    raise OSError(f"no port is free from {FIRST_PORT} to {LAST_PORT}")
