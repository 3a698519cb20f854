"""Submissions that nobody should trust, a few lines of Python each, and a stay for them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from federation.grading.custody.kin import marked
from federation.grading.custody.limits import Limits
from federation.grading.custody.stay import Stay
from federation.grading.custody.ward import Ward
from federation.grading.town import make_town
from tests.support.kafka import free_ports

TOWN = make_town(1, 2)
BEGINNING = """
import json, os, signal, subprocess, sys, threading, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

DATA, PORT = Path(os.environ["DATA_DIR"]), int(os.environ["PORT"])

class Counter(BaseHTTPRequestHandler):
    def do_GET(self):
        answer = self.said().encode()
        self.send_response(self.status())
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def said(self):
        return "ready"
    def status(self):
        return 200
    def log_message(self, *_):
        pass

def serve(port=PORT, counter=Counter):
    HTTPServer(("127.0.0.1", port), counter).serve_forever()

def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    os.wait()
"""
BANK = 'name = "Nobody\'s"\ncontract = 1\n[start]\ncommand = ["{PYTHON}", "node.py"]\n'


@dataclass
class Visit:
    stay: Stay
    ward: Ward
    home: Path

    @property
    def port(self) -> int:
        return self.ward.place.port


def handed_in(folder: Path, code: str, bank: str = BANK) -> Path:
    """A folder as somebody hands it in."""
    mine = folder / "handed in"
    mine.mkdir()
    (mine / "bank.toml").write_text(bank, encoding="utf-8")
    (mine / "node.py").write_text(BEGINNING + textwrap.dedent(code), encoding="utf-8")
    return mine


def taken_in(stay: Stay) -> Ward:
    port = free_ports(2)
    peers = {bank.id: f"http://127.0.0.1:{port}" for bank in TOWN.banks}
    return stay.take_in(stay.place("ALFA", port, "127.0.0.1:9", peers), TOWN.bank("ALFA").seed_entry())


@contextmanager
def visit(folder: Path, code: str, bank: str = BANK, **limits: int) -> Iterator[Visit]:
    """One bank of it, not started yet. When the visit is over, nothing of it is left."""
    home = folder / "home"
    with Stay(home, handed_in(folder, code, bank), Limits(**limits)) as stay:
        yield Visit(stay, taken_in(stay), home)
    assert marked(f"{stay.mark}.") == []
    assert list(home.iterdir()) == []
