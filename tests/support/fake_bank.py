"""A bank on a real socket that answers as it is told to: slowly, wrongly, in halves, not at all. Its books are a
dictionary, and it has no other bank to talk to.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from federation.grading.calls import TRANSFER, Call
from federation.grading.dialect import Dialect
from federation.grading.driver.drive import Drive
from federation.grading.history_file import HistoryWriter
from federation.grading.plan import Step
from federation.grading.town import Bank, make_town

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
    conversations: list[socket.socket] = field(default_factory=list)  # all there ever were
    server: Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def times(self, method: str, begins: str) -> int:
        return sum(one.method == method and one.path.startswith(begins) for one in self.asked)

    def open(self) -> None:
        """At the same port as before."""
        self.server = Server(("127.0.0.1", self.port), handler_of(self))
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """As a process that is killed: whoever talks to it is cut off."""
        server, self.server = self.server, None
        if server is not None:
            server.shutdown()
            server.server_close()
        for conversation in self.conversations:
            with suppress(OSError):
                conversation.shutdown(socket.SHUT_RDWR)

    def answer(self, asked: Asked) -> Answer:
        with self.lock:
            self.asked.append(asked)
        odd = self.odd(asked)
        if odd is not None:
            return odd
        with self.lock:
            return self._answer(asked)

    def _answer(self, asked: Asked) -> Answer:
        if not asked.path.startswith("/"):
            return 400, {"title": "no path of mine"}
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


def handler_of(bank: FakeBank) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            with bank.lock:
                bank.conversations.append(self.connection)

        def do_GET(self) -> None:
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

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    return Handler


@contextmanager
def at_work(bank: FakeBank) -> Iterator[FakeBank]:
    bank.open()
    try:
        yield bank
    finally:
        bank.close()


class Driven:
    """A town of two such banks, its driver and its history."""

    def __init__(self, folder: Path, stack: ExitStack, timeout_s: float) -> None:
        self.town = make_town(1, 2)
        self.alfa, self.brvo = (stack.enter_context(at_work(FakeBank(bank))) for bank in self.town.banks)
        self.file = folder / "history.jsonl"
        self.history = stack.enter_context(HistoryWriter(self.file))
        urls = {"ALFA": self.alfa.url, "BRVO": self.brvo.url}
        self.drive = stack.enter_context(Drive(self.town, urls, Dialect(), self.history, timeout_s))
        self._made = 0

    def order(self, event: int = 0, bank: str = "ALFA", client: str = "teller01", **change: Any) -> Step:
        """From the first account of this bank to the first one of the other."""
        self._made += 1
        other = "BRVO" if bank == "ALFA" else "ALFA"
        request = {
            "from_account": self.town.bank(bank).accounts[0].number,
            "to_bank": other,
            "to_account": self.town.bank(other).accounts[0].number,
            "amount_minor": 100 + self._made,
            "currency": "EUR",
        } | change
        return Step(event, f"s{self._made}", client, bank, TRANSFER, "cross", request, key=f"k{self._made}")

    def look(self, do: str, event: int = 0, bank: str = "ALFA", client: str = "reader-ALFA", **request: Any) -> Step:
        self._made += 1
        about = request or {"account": self.town.bank(bank).accounts[0].number}
        return Step(event, f"s{self._made}", client, bank, do, "look", about)

    def played(self, *steps: Step, **more: Any) -> list[Call]:
        """What came of them, in the order they were asked."""
        with self.drive.play(steps, event_s=0.001, **more) as play:
            play.finish()
        return sorted(play.calls(), key=lambda call: call.number)


@contextmanager
def driven(folder: Path, timeout_s: float = 10.0) -> Iterator[Driven]:
    with ExitStack() as stack:
        yield Driven(folder, stack, timeout_s)
