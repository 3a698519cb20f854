"""My bank, with Kafka."""

import json
import os
import sqlite3
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlparse

from kafka import KafkaConsumer, KafkaProducer

BANK = os.environ["BANK_ID"]
KAFKA = os.environ["KAFKA"]
TOPIC = "external-transfers"

db = sqlite3.connect(os.environ["DB_FILE"], check_same_thread=False, isolation_level=None)
users = {}  # name -> password
tokens = set()
requests = {}  # request_id -> answer, so that a repeated request is answered again
seen = set()  # transactions that we have already received
producers = []


def setup():
    db.execute("CREATE TABLE IF NOT EXISTS accounts (number TEXT PRIMARY KEY, balance REAL, state TEXT)")
    db.execute("CREATE TABLE IF NOT EXISTS history (account TEXT, amount REAL, kind TEXT, tx_id TEXT)")
    db.execute("CREATE TABLE IF NOT EXISTS tx (tx_id TEXT PRIMARY KEY, state TEXT)")
    with open(os.environ["SEED_FILE"]) as file:
        seed = json.load(file)
    for person in seed["staff"]:
        users[person["username"]] = person["password"]
    for a in seed["accounts"]:
        row = (a["number"], a["opening_minor"] / 100, a["state"])
        db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?, ?)", row)


def balance(number):
    row = db.execute("SELECT balance FROM accounts WHERE number = ?", (number,)).fetchone()
    return row[0] if row else None


def change(number, amount, tx_id):
    new = balance(number) + amount
    db.execute("UPDATE accounts SET balance = ? WHERE number = ?", (new, number))
    kind = "credit" if amount > 0 else "debit"
    db.execute("INSERT INTO history VALUES (?, ?, ?, ?)", (number, abs(amount), kind, tx_id))


def get_producer():
    if not producers:
        producers.append(KafkaProducer(bootstrap_servers=KAFKA, value_serializer=lambda v: json.dumps(v).encode()))
    return producers[0]


def done_soon(tx_id):
    # the other bank has it after a few seconds
    time.sleep(3)
    db.execute("UPDATE tx SET state = 'DONE' WHERE tx_id = ?", (tx_id,))


def transfer(body):
    sender, to, amount = body["from"], body["to"], float(body["amount"])
    money = balance(sender)
    if money is None or money < amount or amount <= 0:
        return 400, {"error": "not enough money"}
    if balance(to) is None:
        return 404, {"error": "unknown account"}
    tx_id = str(uuid.uuid4())
    change(sender, -amount, tx_id)
    change(to, amount, tx_id)
    db.execute("INSERT INTO tx VALUES (?, 'DONE')", (tx_id,))
    return 200, {"tx_id": tx_id}


def external_transfer(body):
    sender, amount = body["from"], float(body["amount"])
    money = balance(sender)
    if money is None or money < amount or amount <= 0:
        return 400, {"error": "not enough money"}
    tx_id = str(uuid.uuid4())
    message = {
        "tx_id": tx_id,
        "from_bank": BANK,
        "to_bank": body["bank"],
        "from": sender,
        "to": body["to"],
        "amount": amount,
    }
    get_producer().send(TOPIC, message, key=body["bank"].encode())
    get_producer().flush()
    change(sender, -amount, tx_id)
    db.execute("INSERT INTO tx VALUES (?, 'SENT')", (tx_id,))
    threading.Thread(target=done_soon, args=(tx_id,), daemon=True).start()
    return 200, {"tx_id": tx_id, "state": "SENT"}


def consume():
    consumer = None
    while consumer is None:
        try:
            consumer = KafkaConsumer(TOPIC, bootstrap_servers=KAFKA, group_id=BANK, auto_offset_reset="earliest")
        except Exception:
            time.sleep(1)
    for record in consumer:
        message = json.loads(record.value)
        if message["to_bank"] != BANK or message["tx_id"] in seen:
            continue
        seen.add(message["tx_id"])
        if balance(message["to"]) is not None:
            change(message["to"], message["amount"], message["tx_id"])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def reply(self, status, answer):
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def logged_in(self):
        return self.headers.get("Authorization", "").replace("Bearer ", "") in tokens

    def do_GET(self):
        url = urlparse(self.path)
        if url.path == "/health":
            return self.reply(200, {"ok": True})
        if not self.logged_in():
            return self.reply(401, {"error": "log in first"})
        if url.path == "/balance":
            number = parse_qs(url.query)["account"][0]
            money = balance(number)
            return self.reply(404 if money is None else 200, {"balance": money})
        what, name = [unquote(part) for part in url.path.split("/")[1:3]]
        if what == "history":
            rows = db.execute("SELECT amount, kind, tx_id FROM history WHERE account = ?", (name,)).fetchall()
            return self.reply(200, [{"amount": r[0], "kind": r[1], "tx_id": r[2]} for r in rows])
        row = db.execute("SELECT state FROM tx WHERE tx_id = ?", (name,)).fetchone()
        if row is None:
            return self.reply(404, {"error": "unknown"})
        return self.reply(200, {"tx_id": name, "state": row[0]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/login":
            if users.get(body["user"]) != body["password"]:
                return self.reply(401, {"error": "wrong password"})
            token = str(uuid.uuid4())
            tokens.add(token)
            return self.reply(200, {"token": token})
        if not self.logged_in():
            return self.reply(401, {"error": "log in first"})
        if body["request_id"] in requests:
            return self.reply(*requests[body["request_id"]])
        answer = transfer(body) if self.path == "/transfer" else external_transfer(body)
        requests[body["request_id"]] = answer
        return self.reply(*answer)

    def log_message(self, *args):
        pass


os.makedirs(os.path.dirname(os.environ["DB_FILE"]), exist_ok=True)
setup()
threading.Thread(target=consume, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
