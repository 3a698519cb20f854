"""A bank seen from outside: BankClient speaks its HTTP, TopicTap watches the topic. Neither looks inside.

BankClient is for one thread. Every error is a Failure in words: BankAway (nothing is known about the request, send it
again with the same key) or BankRefused (the bank answered no, with its status and code).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from bank_node.transfers.messages import LEVELS_MAX, is_shallow
from federation.failure import ExitCode, Failure
from federation.roster import Member

Json = dict[str, Any]
TRANSFERS_TOPIC = "external-transfers"
POLL_S_MAX = 10.0  # of one long poll


class BankAway(Failure):
    """The bank did not answer. A request that changes something may or may not have been done."""


class BankRefused(Failure):
    """The bank answered with an error. `definite`: surely nothing was booked (a 500 is not)."""

    def __init__(self, bank: str, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.definite = bool(problem.get("definite", status < 500))
        self.reason = str(problem.get("code") or problem.get("title") or status)
        detail = str(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        trace = f"; trace {problem['trace_id']}" if problem.get("trace_id") else ""
        super().__init__(
            f"{bank} refused: {detail}", why=f"{self.reason}, HTTP {status}{trace}", code=ExitCode.REJECTED
        )


class BankClient:
    """One bank's HTTP face, signed in as one person once `sign_in` was called."""

    def __init__(
        self, url: str, bank: str = "", timeout_s: float = 5.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.bank = bank or self.url
        # trust_env off: a proxy of the environment has no business between this machine and itself
        self._http = httpx.Client(base_url=self.url, timeout=timeout_s, trust_env=False, transport=transport)

    @classmethod
    def of(cls, member: Member, role: str | None = None, timeout_s: float = 5.0) -> Self:
        """The client of a bank of the roster, signed in as the first of its staff with this role."""
        client = cls(member.url, member.id, timeout_s)
        if role is not None:
            person = member.person(role)
            try:
                client.sign_in(person.username, person.password)
            except BaseException:
                client.close()
                raise
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def sign_in(self, username: str, password: str) -> None:
        """Takes an access token and uses it from now on. Raises BankRefused, BankAway."""
        answer = self._ask("POST", "/api/v1/auth/token", data={"username": username, "password": password})
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def readyz(self) -> Json:
        """What the bank says of itself; not ready is an answer, not an error (`ok` is false). Raises BankAway."""
        answer = self._send("GET", "/readyz")
        found = _object(answer)
        return {"ok": answer.is_success, "date": answer.headers.get("Date", ""), **found}

    def accounts(self, **filters: str | int) -> Iterator[Json]:
        """All accounts, page by page."""
        return self._pages("/api/v1/accounts", filters)

    def transfers(self, **filters: str | int) -> Iterator[Json]:
        return self._pages("/api/v1/transfers", filters)

    def account(self, number: str) -> Json:
        return self._ask("GET", f"/api/v1/accounts/{number}")

    def send(
        self,
        *,
        from_account: str,
        to_bank: str,
        to_account: str,
        amount_minor: int,
        currency: str,
        key: str,
        reference: str | None = None,
    ) -> Json:
        """Orders a transfer; the same key never sends twice. Raises BankRefused, BankAway."""
        order = {
            "from_account": from_account,
            "to_bank": to_bank,
            "to_account": to_account,
            "amount_minor": amount_minor,
            "currency": currency,
            **({"reference": reference} if reference else {}),
        }
        return self._ask("POST", "/api/v1/transfers", json=order, headers={"Idempotency-Key": key})

    def desk(self, **query: str | int) -> Json:
        """The stuck-work desk: `items`, `counts` by kind, `next`."""
        return self._ask("GET", "/api/v1/desk", params=dict(query))

    def desk_act(self, kind: str, id_: str, act: str, key: str) -> Json:
        """Does something about one item; the same key does it once. Raises BankRefused, BankAway."""
        path = "/".join(quote(part, safe=":") for part in (kind, id_, act))
        return self._ask("POST", f"/api/v1/desk/{path}", headers={"Idempotency-Key": key})

    def answer_recall(self, from_bank: str, recall_id: str, *, agree: bool, reason: str, key: str) -> Json:
        """Agrees to a recall, which returns its money, or refuses it with a reason. Raises BankRefused, BankAway."""
        path = "/".join(quote(part, safe="") for part in (from_bank, recall_id, "agree" if agree else "refuse"))
        body = {} if agree else {"reason": reason}
        return self._ask("POST", f"/api/v1/recalls/{path}", json=body, headers={"Idempotency-Key": key})

    def pay_out(self, item_id: int, to_account: str | None, key: str) -> Json:
        """Pays unclaimed money out, to an account or in cash; an item is paid once. Raises BankRefused, BankAway."""
        body = {"to_account": to_account} if to_account else {}
        path = f"/api/v1/unclaimed/{item_id}/pay-out"
        return self._ask("POST", path, json=body, headers={"Idempotency-Key": key})

    def deposit(self, account: str, amount_minor: int, currency: str, key: str) -> Json:
        order = {"account": account, "amount_minor": amount_minor, "currency": currency}
        return self._ask("POST", "/api/v1/deposits", json=order, headers={"Idempotency-Key": key})

    def transfer(self, transaction_id: str, wait_s: float = 0.0) -> Json:
        """The state of a transfer; with `wait_s` the answer comes when it changes, at the latest then."""
        wait_s = min(wait_s, POLL_S_MAX)
        params = {"wait": f"{wait_s:.1f}".rstrip("0").rstrip(".")} if wait_s else {}
        timeout = httpx.Timeout(5.0 + wait_s)
        return self._ask("GET", f"/api/v1/transfers/{transaction_id}", params=params, timeout=timeout)

    def snapshot(self, ids: Sequence[str] | None = None) -> Iterator[bytes]:
        """The lines (NDJSON) of the audit snapshot; `ids` narrows it to these transfers. The auditor may ask."""
        params = {"ids": ",".join(ids)} if ids else {}
        try:
            with self._http.stream("GET", "/api/v1/audit/snapshot", params=params, timeout=60.0) as answer:
                if not answer.is_success:
                    answer.read()
                    raise BankRefused(self.bank, answer.status_code, _object(answer))
                yield from (line.encode() for line in answer.iter_lines() if line)
        except httpx.HTTPError as error:
            raise self._away(error) from error

    def audit_chain(self, seqs: Sequence[int] = ()) -> Json:
        """Whether the audit log is whole and the books say what it says, and the hashes of these of its rows. It may
        take a while; the auditor may ask."""
        params = {"seqs": ",".join(map(str, seqs))} if seqs else {}
        # 60 s of silence: it shows that it is at work
        return self._ask("GET", "/api/v1/audit/chain", params=params, timeout=60.0)

    def _pages(self, path: str, filters: Mapping[str, str | int]) -> Iterator[Json]:
        page = self._ask("GET", path, params=dict(filters))
        while True:
            yield from page["items"]
            if not page.get("next"):
                return
            page = self._ask("GET", page["next"])

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        answer = self._send(method, path, **more)
        if not answer.is_success:
            raise BankRefused(self.bank, answer.status_code, _object(answer))
        return _object(answer)

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise self._away(error) from error

    def _away(self, error: httpx.HTTPError) -> BankAway:
        why = "nothing listens there" if isinstance(error, httpx.ConnectError) else str(error) or type(error).__name__
        return BankAway(
            f"{self.bank} does not answer at {self.url}",
            why=why,
            do="bankfed ps shows what runs; bankfed up starts what does not",
            code=ExitCode.NOT_RUNNING,
        )


def _object(answer: httpx.Response) -> Json:
    try:
        found = answer.json()
    except ValueError:
        return {"detail": answer.text[:200]}
    return found if isinstance(found, dict) else {"detail": str(found)[:200]}


@dataclass(frozen=True, slots=True)
class TapRecord:
    partition: int
    offset: int
    timestamp_ms: int
    key: str | None
    headers: Mapping[str, str]
    body: Any  # the decoded JSON, or the text that could not be decoded


class TopicTap:
    """Watches a topic without touching it: no group, no commit. kafka is imported when a tap is opened."""

    def __init__(self, bootstrap: str, topic: str, timeout_s: float = 5.0) -> None:
        from kafka import KafkaConsumer, TopicPartition
        from kafka.errors import KafkaError
        from kafka.net.compat import KafkaNetClient

        self.topic = topic
        made: list[Any] = []

        def make(**config: Any) -> Any:
            made.append(KafkaNetClient(**config))
            return made[0]

        try:
            self._consumer = KafkaConsumer(
                bootstrap_servers=bootstrap.split(","),
                group_id=None,
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                request_timeout_ms=int(timeout_s * 1000),
                bootstrap_timeout_ms=int(timeout_s * 1000),
                kafka_client=make,
            )
        except (KafkaError, OSError, ValueError) as error:
            for unused in made:  # a client that could not be made leaves its thread behind
                unused.close()
                unused._manager._net.stop()
            raise _no_broker(bootstrap, error) from error
        try:
            known = self._consumer.partitions_for_topic(topic)
        except (KafkaError, OSError) as error:
            self._consumer.close()
            raise _no_broker(bootstrap, error) from error
        if not known:
            self._consumer.close()
            raise Failure(f"there is no topic {topic}", why=f"the broker at {bootstrap} does not know it")
        self.partitions: tuple[int, ...] = tuple(sorted(known))
        self._consumer.assign([TopicPartition(topic, partition) for partition in self.partitions])

    def from_start(self) -> Self:
        self._consumer.seek_to_beginning()
        return self

    def from_end(self) -> Self:
        self._consumer.seek_to_end()
        return self

    def tick(self, wait_s: float = 0.5) -> list[TapRecord]:
        """What has come, decoded; an empty list after `wait_s`."""
        polled: Mapping[Any, Iterable[Any]] = self._consumer.poll(timeout_ms=int(wait_s * 1000))
        found = [_tapped(record) for records in polled.values() for record in records]
        return sorted(found, key=lambda record: record.timestamp_ms)

    def close(self) -> None:
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class TopicFacts:
    partitions: int
    replicas: int
    settings: Mapping[str, str]


def topic_facts(bootstrap: str, topic: str, timeout_s: float = 5.0) -> tuple[int, TopicFacts | None]:
    """How many brokers serve, and how a topic is made; None if it does not exist. Raises Failure."""
    from kafka.admin import ConfigResource, ConfigResourceType

    from federation.brokers.cluster import admin

    with admin(bootstrap, timeout_s) as client:
        brokers = len(client.describe_cluster()["brokers"])
        found = [t for t in client.describe_topics([topic]) if t["name"] == topic and not t["error_code"]]
        if not found:
            return brokers, None
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        settings = client.describe_configs([resource], config_filter="all")["topic"][topic]
    partitions = found[0]["partitions"]
    values = {name: str(setting["value"]) for name, setting in settings.items()}
    return brokers, TopicFacts(len(partitions), len(partitions[0]["replica_nodes"]), values)


def _no_broker(bootstrap: str, error: Exception) -> Failure:
    return Failure(
        f"the broker does not answer at {bootstrap}",
        why=str(error) or type(error).__name__,
        do="bankfed start broker",
        code=ExitCode.NOT_RUNNING,
    )


def _tapped(record: Any) -> TapRecord:
    text = (record.value or b"").decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = text
    if not is_shallow(body, LEVELS_MAX):  # whatever is put on a topic can be shown
        body = text
    key = None if record.key is None else record.key.decode("utf-8", "replace")
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    return TapRecord(record.partition, record.offset, record.timestamp, key, headers, body)
