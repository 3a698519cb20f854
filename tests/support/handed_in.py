"""Bundled submissions as plain processes, asked over HTTP: what they say by themselves, while nobody breaks them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

import federation.grading
from federation.brokers.cluster import admin, wipe_topic
from federation.grading.conformance import Reply
from federation.grading.dialect import Ask, Dialect
from federation.grading.submission import Node, Placement, read_submission
from federation.grading.submissions import folder_of
from federation.grading.town import Town
from tests.support.kafka import free_ports

TEMPLATES = Path(federation.grading.__file__).parent / "templates"
PATIENCE_S = 20.0
TOPIC = "external-transfers"


def empty_topic(bootstrap: str) -> None:
    """The topic of money without any record of an earlier test: its bank ids are the same."""
    with admin(bootstrap, 10) as client:
        if any(not topic["error_code"] for topic in client.describe_topics([TOPIC])):
            wipe_topic(bootstrap, TOPIC)
        else:
            client.create_topics({TOPIC: {"num_partitions": 8, "replication_factor": 1}}, wait_for_metadata=True)


class Counters:
    """The banks of a town, all of them this submission."""

    def __init__(self, node: Node, town: Town, folder: Path, bootstrap: str) -> None:
        self.node, self.town, self.folder, self.words = node, town, folder, Dialect(node.adapter)
        first = free_ports(len(town.banks))
        self.urls = {bank.id: f"http://127.0.0.1:{first + place}" for place, bank in enumerate(town.banks)}
        self.bootstrap = bootstrap
        self.client = httpx.Client(timeout=10, trust_env=False)
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, bank_id: str) -> None:
        data, seed = self.folder / bank_id, self.folder / f"{bank_id}.json"
        data.mkdir(exist_ok=True)
        seed.write_text(json.dumps(self.town.bank(bank_id).seed_entry()), encoding="utf-8")
        port = int(self.urls[bank_id].rpartition(":")[2])
        place = Placement(bank_id, port, self.bootstrap, data, self.urls, seed)
        bare = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        with (self.folder / f"{bank_id}.log").open("ab") as log:
            self.running[bank_id] = subprocess.Popen(
                self.node.command(place),
                cwd=self.node.folder,
                env=bare | self.node.environment(place),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self, bank_id: str) -> None:
        self.running[bank_id].kill()
        self.running.pop(bank_id).wait(10)

    def answer(self, bank_id: str, ask: Ask) -> Reply | None:
        try:
            said = self.client.request(
                ask.method, self.urls[bank_id] + ask.path, headers=dict(ask.headers), json=ask.json, data=ask.form
            )
        except httpx.HTTPError:
            return None
        return Reply(said.status_code, said.json())

    def is_ready(self, bank_id: str) -> bool:
        assert self.running[bank_id].poll() is None, (self.folder / f"{bank_id}.log").read_text()[-3000:]
        reply = self.answer(bank_id, self.words.ready())
        return reply is not None and reply.status == 200

    def until_ready(self, bank_id: str) -> None:
        assert self.patience(lambda: self.is_ready(bank_id)), (self.folder / f"{bank_id}.log").read_text()[-3000:]

    @staticmethod
    def patience(holds: Callable[[], bool]) -> bool:
        until = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def close(self) -> None:
        for one in self.running.values():
            one.kill()
        for one in self.running.values():
            one.wait(10)
        self.client.close()


@contextmanager
def handed_in(name: str, town: Town, folder: Path, bootstrap: str) -> Iterator[Counters]:
    """The bundled submission or template of this name, set up, started for each bank of the town, and ready."""
    home = folder / "submission"
    shutil.copytree(
        folder_of(name) or TEMPLATES / name, home, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
    )
    node = read_submission(home)
    if node.submission.setup:
        subprocess.run(node.submission.setup.command, cwd=home, check=True, stdout=subprocess.DEVNULL)
    with ExitStack() as stack:
        counters = Counters(node, town, folder, bootstrap)
        stack.callback(counters.close)
        for bank in town.banks:
            counters.start(bank.id)
        for bank in town.banks:
            counters.until_ready(bank.id)
        yield counters
