"""A bank for the launcher's tests: it answers /readyz and obeys SIGTERM, and nothing else. Also a broker of no weight.

`run` is what the zygote calls; as a program it reads the environment. What it does wrong is said by SEED_FILE's folder:
a file `stubborn` there makes it ignore SIGTERM, `broken` makes it end with words, `away` makes it degraded.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from federation.brokers.broker import BrokerState, Progress, Stopped, silent
from federation.folder import Folder
from federation.spec import FederationSpec


def run(settings: Any) -> int:
    return serve(settings.bank_id, settings.port, Path(settings.data_dir))


def serve(bank_id: str, port: int, data: Path) -> int:
    if (data / "broken").exists():
        print(f"{bank_id} cannot start: its database was written by a newer bankfed", file=sys.stderr)
        return 3

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = "degraded" if (data / "away").exists() else "ready"
            said = {"ok": True, "status": status, "bank": bank_id, "outbox_pending": 2, "lag": 0, "pid": os.getpid()}
            body = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    signal.signal(signal.SIGTERM, signal.SIG_IGN if (data / "stubborn").exists() else lambda *_: os._exit(0))
    HTTPServer(("127.0.0.1", port), Answer).serve_forever()
    return 0


class PaperBroker:
    """It is up when it was started; a file `down` in its folder means that it died."""

    kind = "paper"
    ours = True
    nodes = 1
    ports: tuple[int, ...] = ()
    pids: tuple[int, ...] = ()
    log_files: tuple[Path, ...] = ()

    def __init__(self, folder: Path, broken: bool = False) -> None:
        self._folder = folder
        self._broken = broken
        self.done: list[str] = []

    def bootstrap(self, bank: str = "") -> str:
        return f"paper:{bank or 'all'}"

    listener = bootstrap

    @property
    def state(self) -> BrokerState:
        up = self.done and self.done[-1] == "start" and not (self._folder / "down").exists()
        return BrokerState.UP if up else BrokerState.DOWN

    def start(
        self, node: int | None = None, *, timeout_s: float = 1.0, wait: bool = True, progress: Progress = silent
    ) -> None:
        from federation.failure import Failure

        if self._broken:
            raise Failure("the broker did not start", why="no ink", do="buy some", detail="last line of its log")
        (self._folder / "down").unlink(missing_ok=True)
        self.done.append("start")

    def wait_ready(self, node: int | None = None, *, timeout_s: float = 1.0) -> None: ...

    def stop(self, node: int | None = None, *, timeout_s: float = 1.0) -> Stopped:
        self.done.append("stop")
        return Stopped.TERM

    def kill(self, node: int | None = None) -> Stopped:
        self.done.append("kill")
        return Stopped.KILL

    def pause(self, node: int | None = None) -> None: ...

    def resume(self, node: int | None = None) -> None: ...

    def wipe(self, topic: str) -> str:
        return topic

    def erase(self) -> None: ...

    def last_log_lines(self, count: int = 12) -> list[str]:
        return []


def paper_broker(_spec: FederationSpec, folder: Folder) -> PaperBroker:
    return PaperBroker(folder.broker)


def torn_broker(_spec: FederationSpec, folder: Folder) -> PaperBroker:
    return PaperBroker(folder.broker, broken=True)


if __name__ == "__main__":
    sys.exit(serve(os.environ["BANK_ID"], int(os.environ["PORT"]), Path(os.environ["DATA_DIR"])))
