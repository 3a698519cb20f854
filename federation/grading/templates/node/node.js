// One bank: its counter (HTTP) and its two loops, one that sends to the broker and one that reads from it.
//
// No request waits for the broker: it writes the journal, and the loops do the rest whenever the broker is there.

import fs from "node:fs";
import http from "node:http";
import { createHmac, timingSafeEqual } from "node:crypto";
import { Kafka, Partitioners, logLevel } from "kafkajs";
import { Books, Refused } from "./books.js";

const { BANK_ID, PORT, KAFKA_BOOTSTRAP_SERVERS, DATA_DIR, PEERS, SEED_FILE } = process.env;
const TOPIC = "external-transfers";
const API = "/api/v1";
const BODY_BYTES_MAX = 64 * 1024;

const seed = JSON.parse(fs.readFileSync(SEED_FILE, "utf8"));
const staff = new Map(seed.staff.map((person) => [person.username, person]));
const peers = new Set(PEERS.split(",").map((peer) => peer.split("=")[0]));
peers.delete(BANK_ID);
const books = new Books(DATA_DIR, BANK_ID, peers, seed);

// The counter

const server = http.createServer(async (request, response) => {
  let status, said;
  try {
    [status, said] = answer(request, await bodyOf(request));
  } catch (error) {
    [status, said] = [error instanceof Refused ? error.status : 500, { error: error.message }];
  }
  const body = JSON.stringify(said);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
});
server.keepAliveTimeout = 60_000; // tellers think between two requests
server.listen(Number(PORT), "127.0.0.1");

function answer(request, body) {
  const path = request.url.split("?")[0];
  if (path === "/readyz") return [200, { ok: true }];
  const asked = `${request.method} ${path.replace(API, "")}`;
  if (asked === "POST /auth/token") return [200, signIn(new URLSearchParams(body))];
  const person = whoIs(request);
  if (asked === "POST /transfers") {
    if (person.role !== "teller") throw new Refused(403, "only tellers send money");
    const key = request.headers["idempotency-key"] ?? "";
    if (!key || key.length > 200) throw new Refused(400, "an order needs an Idempotency-Key");
    return [202, books.transfer(person.username, key, parsed(body))];
  }
  const [, verb, noun, name, rest] = asked.match(/^(GET) \/(\w+)\/([^/]+)(\/transactions)?$/) ?? [];
  if (!verb) throw new Refused(404, "there is no such page");
  if (noun === "transfers" && !rest) return [200, books.status(decodeURIComponent(name))];
  if (noun === "accounts") {
    const number = decodeURIComponent(name);
    return [200, rest ? books.statement(number) : books.account(number)];
  }
  throw new Refused(404, "there is no such page");
}

async function bodyOf(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > BODY_BYTES_MAX) throw new Refused(413, "that is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Refused(400, `that is no order: ${error.message}`);
  }
}

// The same after a restart, so that nobody has to sign in again
const tokenOf = ({ username, password }) =>
  `${username}.${createHmac("sha256", password).update(username).digest("hex")}`;

function signIn(said) {
  const person = staff.get(said.get("username"));
  if (!person || !same(person.password, said.get("password"))) throw new Refused(401, "nobody signs in with this");
  return { access_token: tokenOf(person) };
}

function whoIs(request) {
  const token = (request.headers.authorization ?? "").replace("Bearer ", "");
  const person = staff.get(token.split(".")[0]);
  if (!person || !same(tokenOf(person), token)) throw new Refused(401, "who are you?");
  return person;
}

function same(one, other) {
  const [a, b] = [Buffer.from(one), Buffer.from(other ?? "")];
  return a.length === b.length && timingSafeEqual(a, b);
}

// The broker

const kafka = new Kafka({
  clientId: BANK_ID,
  brokers: KAFKA_BOOTSTRAP_SERVERS.split(","),
  connectionTimeout: 2000,
  requestTimeout: 5000,
  retry: { initialRetryTime: 200, maxRetryTime: 1000, retries: 5 }, // a broker that is back is found at once
  logLevel: logLevel.NOTHING, // what fails is told once, below
});
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));
const tell = (doing, error) => console.error(`${doing}: ${error.message}`);

// What is due goes out, and is marked when the broker has it. Sent twice is harmless, lost is not.
async function sendForEver() {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner }); // Java's murmur2
  let connected = false;
  for (;;) {
    const due = books.due(performance.now());
    if (due.length === 0) {
      await pause(20);
      continue;
    }
    try {
      if (!connected) await producer.connect();
      connected = true;
      const messages = due.map(({ message }) => ({ key: message.to_bank, value: JSON.stringify(message) }));
      await producer.send({ topic: TOPIC, acks: -1, timeout: 5000, messages });
      books.said(due, performance.now());
    } catch (error) {
      tell("sending", error);
      await pause(300);
    }
  }
}

// Records into the books; the offset is committed after the effect. What cannot be booked now comes again.
async function readForEver() {
  const consumer = kafka.consumer({
    groupId: `bank-${BANK_ID}`,
    sessionTimeout: 6000, // so long a bank that was killed and started again waits for its own ghost
    heartbeatInterval: 1000,
    maxWaitTimeInMs: 100,
    retry: { initialRetryTime: 200, maxRetryTime: 1000, retries: 5, restartOnFailure: async () => true },
  });
  for (;;) {
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
      await consumer.run({ eachBatch: async ({ batch }) => books.read(batch.messages.map(({ value }) => value ?? "")) });
      return;
    } catch (error) {
      tell("reading", error);
      await pause(300);
    }
  }
}

sendForEver();
readForEver();
// Whoever may be killed at any instant needs no farewell either.
process.on("SIGTERM", () => process.exit(0));
