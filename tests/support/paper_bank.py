"""A paper bank: answers the routes that the federation's client asks, from a script; keeps no books."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Any]


class PaperBank:
    """`answers` maps "METHOD /path" to one (status, body), or to a list of them given out in turn (the last one stays).

    What was asked is kept in `asked`: (method, path, query, headers, body). A question that is `deaf_to` by its number,
    counted from 1, gets no answer: the line is cut.
    """

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Answer | list[Answer]] = {
            "POST /api/v1/auth/token": (200, {"access_token": "t0ken", "token_type": "bearer", "expires_in": 900})
        }
        self.asked: list[tuple[str, str, dict[str, list[str]], dict[str, str], bytes]] = []
        self.deaf_to: Callable[[int], bool] = lambda _number: False

    def answer(self, what: str) -> Answer:
        found = self.answers.get(what, (404, {"title": "Not found", "code": "not_found", "detail": f"no {what} here"}))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found

    def bodies(self, path: str) -> list[Any]:
        return [json.loads(body) for _, asked, _, _, body in self.asked if asked == path and body]


@contextmanager
def open_paper_bank() -> Iterator[PaperBank]:
    bank = PaperBank()

    class Counter(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            bank.asked.append((self.command, address.path, parse_qs(address.query), dict(self.headers), body))
            if bank.deaf_to(len(bank.asked)):
                self.close_connection = True
                return
            status, answer = bank.answer(f"{self.command} {address.path}")
            payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            pass

    server = _serving(Counter)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    bank.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield bank
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _serving(counter: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """On a free port below those that the system hands out by itself."""
    for _ in range(100):
        try:
            return ThreadingHTTPServer(("127.0.0.1", random.randrange(20_000, 32_768)), counter)
        except OSError:
            continue
    raise RuntimeError("no free port in 100 tries")


def write_world(folder: Any, urls: dict[str, str]) -> None:
    """A world file with these banks, each with a teller, a supervisor, an auditor and nothing else."""
    roles = ("teller", "supervisor", "auditor")
    staff = [{"username": role, "password": "open-sesame", "role": role} for role in roles]
    banks = [{"id": name, "name": name, "url": url, "staff": staff, "accounts": []} for name, url in urls.items()]
    world = {"federation_id": "f-1", "seed": 42, "banks": banks}
    (folder / "world.json").write_text(json.dumps(world), encoding="utf-8")
