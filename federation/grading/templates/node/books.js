// The books of one bank: a journal of facts, one JSON object a line, and what follows from them, in memory.
//
// A fact is on the disk before anybody hears of it; a bank that starts reads its journal and is the same bank again.
// Node runs one thing at a time: between a check and its fact nothing else can happen, as long as nothing awaits there.

import fs from "node:fs";
import path from "node:path";
import { randomUUID } from "node:crypto";

const AMOUNT_MAX = 1e15;
const SAY_AGAIN_MS = 5000;
const ID = /^[A-Za-z0-9._-]{1,64}$/;
const ORDER = ["from_account", "to_bank", "to_account", "amount_minor", "currency"];

export class Refused extends Error {
  constructor(status, why) {
    super(why);
    this.status = status;
  }
}

export class Books {
  constructor(folder, bank, peers, seed) {
    Object.assign(this, { bank, peers });
    this.accounts = new Map(); // number -> {balance, currency, open, lines}
    this.transfers = new Map(); // id -> {order, status}
    this.keys = new Map(); // teller and key -> {id, body}
    this.inbox = new Map(); // from_bank and id -> {content, answer}: the first decision is final
    this.outbox = new Map(); // what -> {message, due}: what is to be said, and when
    this.lines = 0;
    fs.mkdirSync(folder, { recursive: true });
    this.file = fs.openSync(path.join(folder, "journal"), "a+");
    this.#readJournal();
    if (this.accounts.size === 0) this.#write({ fact: "opened", accounts: seed.accounts });
  }

  // What tellers ask

  transfer(teller, key, said) {
    const order = Object.fromEntries(ORDER.map((name) => [name, said?.[name]]));
    const known = this.keys.get(JSON.stringify([teller, key]));
    const body = JSON.stringify(order);
    if (known) {
      if (known.body !== body) throw new Refused(422, "this key was used for another transfer");
      return this.status(known.id);
    }
    this.#check(order);
    const id = randomUUID();
    this.#write({ fact: "sent", id, teller, key, order });
    fs.fdatasyncSync(this.file);
    return this.status(id);
  }

  status(id) {
    const transfer = this.transfers.get(id);
    if (!transfer) throw new Refused(404, "there is none");
    return { transaction_id: id, status: transfer.status };
  }

  account(number) {
    return { number, balance_minor: this.#known(number).balance };
  }

  statement(number) {
    return { items: this.#known(number).lines.toReversed(), next: null };
  }

  // What other banks say: a batch of records, all on the disk when this returns

  read(values) {
    for (const value of values) {
      const message = readable(value);
      if (!message || message.to_bank !== this.bank || !this.peers.has(message.from_bank)) continue;
      if (message.type === "transfer.requested") this.#decide(message);
      if (message.type === "transfer.accepted" || message.type === "transfer.rejected") this.#conclude(message);
    }
    fs.fdatasyncSync(this.file); // once for the whole batch: nobody hears of it before this returns
  }

  #decide(request) {
    const { from_bank, transaction_id, to_account, amount_minor, currency } = request;
    if (!isAmount(amount_minor) || !isText(to_account)) return;
    const content = JSON.stringify([request.from_account, to_account, amount_minor, currency]);
    const known = this.inbox.get(`${from_bank} ${transaction_id}`);
    if (known) {
      if (known.content === content) this.#say(known.answer); // asked again: the answer was lost
      return;
    }
    const account = this.accounts.get(to_account);
    const answer = { type: "transfer.accepted", transaction_id, from_bank: this.bank, to_bank: from_bank };
    if (!account?.open || account.currency !== currency) {
      answer.type = "transfer.rejected";
      answer.reason = { code: account ? "AC04" : "AC01", text: "no such account, or it does not take this" };
    }
    this.#write({ fact: "decided", content, answer, to_account, amount_minor });
  }

  #conclude(answer) {
    const transfer = this.transfers.get(answer.transaction_id);
    if (transfer?.status !== "pending" || transfer.order.to_bank !== answer.from_bank) return; // final stays final
    const status = answer.type === "transfer.accepted" ? "completed" : "rejected";
    this.#write({ fact: "concluded", id: answer.transaction_id, status });
  }

  // What is to be said to other banks

  due(now, limit = 500) {
    return [...this.outbox.values()].filter((one) => one.due <= now).slice(0, limit);
  }

  // The broker has these: a request comes up again until it is answered, an answer when it is asked for
  said(sent, now) {
    for (const one of sent) {
      if (one.message.type === "transfer.requested") one.due = now + SAY_AGAIN_MS;
      else this.outbox.delete(nameOf(one.message));
    }
  }

  // Facts

  #write(fact) {
    const bytes = Buffer.from(JSON.stringify(fact) + "\n");
    const { size } = fs.fstatSync(this.file);
    try {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.file, bytes, at);
    } catch (error) {
      fs.ftruncateSync(this.file, size); // half a line must not stay
      throw new Refused(503, `the journal can not be written: ${error.code}`);
    }
    this.#apply(fact);
  }

  #readJournal() {
    const text = fs.readFileSync(this.file, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1); // a kill in the middle of a write leaves half a line
    fs.ftruncateSync(this.file, Buffer.byteLength(whole));
    for (const line of whole.split("\n")) if (line) this.#apply(JSON.parse(line));
  }

  // The only place where anything changes; nothing may fail here
  #apply(fact) {
    if (fact.fact === "opened") {
      for (const { number, opening_minor, currency, state } of fact.accounts)
        this.accounts.set(number, { balance: opening_minor, currency, open: state === "open", lines: [] });
    }
    if (fact.fact === "sent") {
      const { id, teller, key, order } = fact;
      const local = order.to_bank === this.bank;
      this.#book(order.from_account, -order.amount_minor, id);
      if (local) this.#book(order.to_account, order.amount_minor, id);
      else this.#say({ type: "transfer.requested", transaction_id: id, from_bank: this.bank, ...order });
      this.transfers.set(id, { order, status: local ? "completed" : "pending" });
      this.keys.set(JSON.stringify([teller, key]), { id, body: JSON.stringify(order) });
    }
    if (fact.fact === "decided") {
      const { content, answer, to_account, amount_minor } = fact;
      if (answer.type === "transfer.accepted") this.#book(to_account, amount_minor, answer.transaction_id);
      this.inbox.set(`${answer.to_bank} ${answer.transaction_id}`, { content, answer });
      this.#say(answer);
    }
    if (fact.fact === "concluded") {
      const { order } = this.transfers.get(fact.id);
      if (fact.status === "rejected") this.#book(order.from_account, order.amount_minor, fact.id);
      this.transfers.set(fact.id, { order, status: fact.status });
      this.outbox.delete(`transfer.requested ${fact.id}`);
    }
  }

  #book(number, amount, id) {
    const account = this.accounts.get(number);
    account.balance += amount;
    const line = { entry_id: String(++this.lines), amount_minor: amount, balance_minor: account.balance };
    account.lines.push({ ...line, transaction_id: id });
  }

  #say(message) {
    this.outbox.set(nameOf(message), { message, due: 0 });
  }

  #known(number) {
    const account = this.accounts.get(number);
    if (!account) throw new Refused(404, "there is no such account");
    return account;
  }

  #check({ from_account, to_bank, to_account, amount_minor, currency }) {
    if (!isAmount(amount_minor)) throw new Refused(422, "an amount is a whole number from 1 to 10^15");
    if (![from_account, to_bank, to_account, currency].every(isText)) throw new Refused(422, "these are short texts");
    const local = to_bank === this.bank;
    if (!local && !this.peers.has(to_bank)) throw new Refused(422, "nobody knows that bank");
    if (from_account === to_account) throw new Refused(422, "that is the same account");
    for (const number of local ? [from_account, to_account] : [from_account]) {
      const account = this.accounts.get(number);
      if (!account?.open || account.currency !== currency) throw new Refused(422, `${number} is no open account here`);
    }
    if (this.accounts.get(from_account).balance < amount_minor) throw new Refused(422, "there is too little money");
  }
}

const isAmount = (value) => Number.isInteger(value) && value >= 1 && value <= AMOUNT_MAX;
const isText = (value) => typeof value === "string" && /^[\x21-\x7e]{1,64}$/.test(value);
const nameOf = ({ type, to_bank, transaction_id }) =>
  type === "transfer.requested" ? `${type} ${transaction_id}` : `answer ${to_bank} ${transaction_id}`;

// What a record says; null for what cannot be read: it is passed by, and stops nobody
function readable(value) {
  try {
    const said = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
    const texts = [said.type, said.transaction_id, said.from_bank, said.to_bank];
    return texts.every((text) => typeof text === "string") && ID.test(said.transaction_id) ? said : null;
  } catch {
    return null;
  }
}
