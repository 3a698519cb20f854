"""One bank: its counter (HTTP) and its two loops, one that sends to the broker and one that reads from it.

No request waits for the broker: it writes books and outbox, and the loops do the rest whenever the broker is there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from books import Books, Refused
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

TOPIC = "external-transfers"
API = "/api/v1"
ORDER = ("from_account", "to_bank", "to_account", "amount_minor", "currency")
BODY_BYTES_MAX = 64 * 1024
KAFKA: dict[str, Any] = {
    "bootstrap_servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"].split(","),
    "request_timeout_ms": 5_000,
    "bootstrap_timeout_ms": 3_000,
    "reconnect_backoff_max_ms": 500,  # a broker that is back is found at once
    "metadata_max_age_ms": 10_000,
}


class Counter(BaseHTTPRequestHandler):
    books: Books
    staff: dict[str, dict[str, str]]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    timeout = 60

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def _answer(self, work: Any) -> None:
        try:
            status, said = work(urlsplit(self.path).path)
        except Refused as refused:
            status, said = refused.status, {"error": str(refused)}
        except sqlite3.Error as error:  # locked, or the disk is full: nothing was done, but nobody should rely on it
            status, said = 503, {"error": str(error)}
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _get(self, path: str) -> tuple[int, Any]:
        if path == "/readyz":
            return 200, {"ok": True}
        self._who()
        match path.removeprefix(API).strip("/").split("/"):
            case ["accounts", number]:
                return 200, self.books.account(unquote(number))
            case ["accounts", number, "transactions"]:
                return 200, self.books.statement(unquote(number))
            case ["transfers", id_]:
                return 200, self.books.status(unquote(id_))
        raise Refused(404, "there is no such page")

    def _post(self, path: str) -> tuple[int, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_BYTES_MAX:
            self.close_connection = True
            raise Refused(413, "that is too long")
        body = self.rfile.read(length)  # always, or the next request would begin in the middle of this one
        if path == f"{API}/auth/token":
            said = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
            person = self.staff.get(said.get("username", ""))
            if not person or not hmac.compare_digest(person["password"].encode(), said.get("password", "").encode()):
                raise Refused(401, "nobody signs in with this")
            return 200, {"access_token": token(person)}
        person = self._who()
        if path != f"{API}/transfers":
            raise Refused(404, "there is no such page")
        if person["role"] != "teller":
            raise Refused(403, "only tellers send money")
        key = self.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= 200:
            raise Refused(400, "an order needs an Idempotency-Key")
        try:
            said = json.loads(body)
            order = {name: said[name] for name in ORDER}
        except (ValueError, RecursionError, TypeError, KeyError) as error:
            raise Refused(400, f"that is no order: {error}") from error
        return 202, self.books.transfer(person["username"], key, order)

    def _who(self) -> dict[str, str]:
        said = self.headers.get("Authorization", "").removeprefix("Bearer ")
        person = self.staff.get(said.partition(".")[0])
        if not person or not hmac.compare_digest(token(person).encode(), said.encode()):
            raise Refused(401, "who are you?")
        return person

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: a line for each request would fill the log."""


class Server(ThreadingHTTPServer):
    request_queue_size = 256


def token(person: dict[str, str]) -> str:
    """The same after a restart, so that nobody has to sign in again."""
    name = person["username"]
    return f"{name}.{hmac.new(person['password'].encode(), name.encode(), hashlib.sha256).hexdigest()}"


def send_for_ever(books: Books) -> None:
    """The outbox to the broker. A message is marked when the broker has it: sent twice is harmless, lost is not."""
    producer = None
    while True:
        books.news.wait(0.5)  # also without news: what is not answered comes up again
        books.news.clear()
        try:
            producer = producer or KafkaProducer(
                acks="all", enable_idempotence=False, delivery_timeout_ms=10_000, max_block_ms=2_000, **KAFKA
            )
            while due := books.due():
                sent = [(about, producer.send(TOPIC, text.encode(), bank.encode())) for about, bank, text in due]
                producer.flush(15)
                acked = [about for about, future in sent if future.succeeded()]
                books.said(acked)
                if len(acked) < len(due):
                    raise TimeoutError(f"{len(due) - len(acked)} of {len(due)} messages were not taken")
        except Exception as error:
            tell("sending", error)


def read_for_ever(books: Books) -> None:
    """Records of all partitions into the books. One that cannot be booked now is read again, never passed by."""
    while True:
        consumer = None
        try:
            consumer = KafkaConsumer(
                group_id=None, auto_offset_reset="earliest", enable_auto_commit=False, fetch_max_bytes=4 << 20, **KAFKA
            )
            partitions = [TopicPartition(TOPIC, number) for number in consumer.partitions_for_topic(TOPIC) or ()]
            if not partitions:
                raise LookupError(f"there is no topic {TOPIC}")
            consumer.assign(partitions)
            known = books.positions()
            for partition in partitions:
                if partition.partition in known:
                    consumer.seek(partition, known[partition.partition])
                else:
                    consumer.seek_to_beginning(partition)
            while True:
                found = consumer.poll(timeout_ms=500)
                records = [record.value or b"" for records in found.values() for record in records]
                after = {where.partition: records[-1].offset + 1 for where, records in found.items()}
                if records:
                    books.read(records, after)
        except Exception as error:
            tell("reading", error)
        finally:
            if consumer is not None:
                consumer.close(autocommit=False, timeout_ms=500)


def tell(doing: str, error: Exception) -> None:
    print(f"{doing}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    time.sleep(0.3)


def main() -> None:
    bank_id, folder = os.environ["BANK_ID"], Path(os.environ["DATA_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    seed = json.loads(Path(os.environ["SEED_FILE"]).read_text(encoding="utf-8"))
    peers = {peer.partition("=")[0] for peer in os.environ["PEERS"].split(",")} - {bank_id}
    books = Books(str(folder / "bank.db"), bank_id, peers)
    books.open_accounts(seed)
    Counter.books, Counter.staff = books, {person["username"]: person for person in seed["staff"]}
    for loop in (send_for_ever, read_for_ever):
        threading.Thread(target=loop, args=(books,), daemon=True).start()
    # Whoever may be killed at any instant needs no farewell either.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    Server(("127.0.0.1", int(os.environ["PORT"])), Counter).serve_forever()


if __name__ == "__main__":
    main()
