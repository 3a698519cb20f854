"""A bank on a real socket that answers as it is told to: slowly, wrongly, in halves, not at all. Its books are a dictionary,
and it has no other bank to talk to.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from federation.grading.town import Bank

Answer = tuple[int, Any]  # status and body; a body of bytes goes as it is


@dataclass
class Asked:
    method: str
    path: str
    token: str
    key: str
    body: Any


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has gone."""


@dataclass
class FakeBank:
    bank: Bank
    asked: list[Asked] = field(default_factory=list)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)  # transfers by key
    odd: Callable[[Asked], Answer | None] = lambda _asked: None  # answers before the bank does
    rude: Callable[[Asked, socket.socket], bool] = lambda _asked, _line: False  # writes to the socket by itself
    final_after: int = 0  # so many readings say pending
    tokens: int = 1
    page: int = 200
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    looks: Counter[str] = field(default_factory=Counter)
    ups: int = 0  # connections

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def times(self, method: str, begins: str) -> int:
        return sum(one.method == method and one.path.startswith(begins) for one in self.asked)

    def answer(self, asked: Asked) -> Answer:
        with self.lock:
            self.asked.append(asked)
        odd = self.odd(asked)
        if odd is not None:
            return odd
        with self.lock:
            return self._answer(asked)

    def _answer(self, asked: Asked) -> Answer:
        parts = urlsplit(asked.path)
        words = parts.path.strip("/").split("/")[2:]
        if words == ["auth", "token"]:
            return 200, {"access_token": f"{asked.body['username']}-{self.bank.id}-{self.tokens}"}
        if not asked.token.endswith(f"-{self.bank.id}-{self.tokens}"):
            return 401, {"title": "who are you?"}
        match words:
            case ["transfers"]:
                return self._order(asked)
            case ["transfers", id_]:
                self.looks[id_] += 1
                known = any(one["transaction_id"] == id_ for one in self.made.values())
                status = "completed" if self.looks[id_] > self.final_after else "pending"
                return (200, {"status": status}) if known else (404, {})
            case ["accounts", number]:
                return 200, {"balance_minor": self._opening(number) + sum(self._moves(number))}
            case ["accounts", number, "transactions"]:
                first = int(parse_qs(parts.query).get("from", ["0"])[0])
                lines = self._lines(number)
                more = f"{self.url}{parts.path}?from={first + self.page}" if first + self.page < len(lines) else None
                return 200, {"items": lines[first : first + self.page], "next": more}
            case _:
                return 404, {}

    def _order(self, asked: Asked) -> Answer:
        if asked.body["amount_minor"] >= 10**9:
            return 409, {"title": "not enough money"}
        made = self.made.setdefault(asked.key, asked.body | {"transaction_id": f"t{len(self.made) + 1}"})
        return 202, {"transaction_id": made["transaction_id"], "status": "pending"}

    def _opening(self, number: str) -> int:
        return next(account.opening_minor for account in self.bank.accounts if account.number == number)

    def _moves(self, number: str) -> list[int]:
        return [line["amount_minor"] for line in self._lines(number)]

    def _lines(self, number: str) -> list[dict[str, Any]]:
        """Newest first."""
        lines = []
        for made in self.made.values():
            for side, sign in (("from_account", -1), ("to_account", 1)):
                if made[side] == number:
                    amount = sign * made["amount_minor"]
                    lines.append({"amount_minor": amount, "transaction_id": made["transaction_id"]})
        return lines[::-1]


@contextmanager
def open_counter(bank: FakeBank) -> Iterator[FakeBank]:
    """Its server, on a free port, until the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            with bank.lock:
                bank.ups += 1

        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def _do(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Content-Type", "").startswith("application/x-www-form"):
                body: Any = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
            else:
                body = json.loads(raw) if raw else None
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            asked = Asked(self.command, self.path, token, self.headers.get("Idempotency-Key", ""), body)
            if bank.rude(asked, self.connection):
                self.close_connection = True
                return
            status, said = bank.answer(asked)
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    server = Server(("127.0.0.1", bank.port), Handler)
    bank.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield bank
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
