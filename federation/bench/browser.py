"""A browser as a bench needs it: signed in at a bank's pages, its questions ready to be written, pages left open."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import httpx

from federation.bench.load import HOST, question
from federation.failure import Failure

STREAM_S_MAX = 10.0


@dataclass(frozen=True, slots=True)
class Browser:
    """One person's, with the cookie of his session."""

    port: int
    cookie: str

    def question(self, path: str) -> bytes:
        return question(path, [("Cookie", self.cookie)])


def signed_in(port: int, username: str, password: str) -> Browser:
    """Raises Failure where the bank does not let him in."""
    own = {"Sec-Fetch-Site": "same-origin"}
    who = {"username": username, "password": password, "next": ""}
    answer = httpx.post(f"http://{HOST}:{port}/sign-in", data=who, headers=own, timeout=30, trust_env=False)
    cookies = [f"{name}={value}" for name, value in answer.cookies.items()]
    if not cookies:
        raise Failure(f"{username} could not sign in for the bench", detail=f"HTTP {answer.status_code}")
    return Browser(port, "; ".join(cookies))


@dataclass(slots=True)
class OpenPages:
    """The streams of pages that somebody left open; what came over them is counted and forgotten."""

    sockets: list[socket.socket]
    events: int = 0
    closed: int = 0
    heard: set[socket.socket] = field(default_factory=set)
    all_heard: Event = field(default_factory=Event)
    _end: Event = field(default_factory=Event)

    def read(self) -> None:
        with selectors.DefaultSelector() as selector:
            for one in self.sockets:
                selector.register(one, selectors.EVENT_READ)
            while not self._end.is_set():
                for key, _ in selector.select(0.2):
                    self._take(selector, key.fileobj)  # type: ignore[arg-type]

    def _take(self, selector: selectors.BaseSelector, one: socket.socket) -> None:
        said = one.recv(1 << 16)
        self.take(one, said)
        if not said:
            self.closed += 1
            selector.unregister(one)

    def take(self, one: socket.socket, said: bytes) -> None:
        self.events += said.count(b"\n\n")
        if b"\n\n" in said:
            self.heard.add(one)
        if len(self.heard) == len(self.sockets):
            self.all_heard.set()

    def end(self) -> None:
        self._end.set()


@contextmanager
def open_pages(shown: Sequence[tuple[Browser, str]]) -> Iterator[OpenPages]:
    """`shown`: whose page, and the `at` of its stream. Each was told something before the block begins."""
    opened = [_open(browser, at) for browser, at in shown]
    pages = OpenPages([one for one, _ in opened])
    for one, said in opened:
        pages.take(one, said)
    reader = Thread(target=pages.read, name="open-pages")
    reader.start()
    try:
        if shown and not pages.all_heard.wait(STREAM_S_MAX):
            raise Failure(f"only {len(pages.heard)} of {len(shown)} open pages were told anything")
        yield pages
    finally:
        pages.end()
        reader.join()
        for one in pages.sockets:
            one.close()


def _open(browser: Browser, at: str) -> tuple[socket.socket, bytes]:
    """The line, and what was said on it together with the head of the answer."""
    line = socket.create_connection((HOST, browser.port), STREAM_S_MAX)
    line.sendall(browser.question(f"/stream?at={at}" if at else "/stream"))
    head = line.recv(1 << 16)
    if not head.startswith(b"HTTP/1.1 200"):
        raise Failure("a page of the bench got no stream", detail=head[:200].decode("utf-8", "replace"))
    return line, head.partition(b"\r\n\r\n")[2]
