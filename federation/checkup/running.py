"""This federation: its ports, broker and topic, its banks and their clocks, what a crash left behind, the CDN."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from federation.checkup import machine
from federation.checkup.finding import Finding
from federation.client import TRANSFERS_TOPIC, BankAway, BankClient, topic_facts
from federation.failure import Failure
from federation.folder import Folder
from federation.roster import read_roster

ASK_S_MAX = 2.0
SKEW_S_MAX = 2.0  # the Date header counts whole seconds; what says `now` is held to half of it
PARTITIONS_MIN = 2


def federation(data: Path) -> Iterator[Finding]:
    """Everything that needs a data folder; one line where there is none."""
    folder = Folder(data)
    if not folder.exists():
        yield Finding("skip", "federation", f"none in {data} yet", "bankfed up")
        yield machine.ports(default_ports(), in_use_by_us=False)
        return
    spec = folder.read_spec()
    banks = list(_banks(data))
    running = any(finding.level != "bad" for finding in banks)
    wanted = [spec.console_port, *(bank.port for bank in spec.banks), spec.broker.port]
    yield machine.ports(wanted, in_use_by_us=running)
    yield from stale(folder.state())
    if not running and not any(state_pids(folder.state())):
        yield Finding("skip", "banks", "none of them runs", "bankfed up")
        return
    yield from broker(str(bootstrap_of(folder.state(), spec.broker)))
    yield from banks
    if running:
        yield from cdn(data)


def default_ports() -> list[int]:
    from federation.launcher.ports import DEFAULT_BASE, Block

    return Block(DEFAULT_BASE).needs(3, broker=True, lab=False)


def bootstrap_of(state: Mapping[str, Any], spec: Any) -> str:
    """Where the broker listens: as the supervisor says, else as the federation was made."""
    said = state.get("broker") or {}
    if isinstance(said, dict) and said.get("bootstrap"):
        return str(said["bootstrap"])
    return f"127.0.0.1:{spec.port}" if spec.is_ours else str(spec.kind)


def _banks(data: Path) -> Iterator[Finding]:
    clocks: dict[str, float] = {}
    for member in read_roster(data).members.values():
        try:
            with BankClient.of(member, timeout_s=ASK_S_MAX) as client:
                said = client.readyz()
                ahead_s = clock_ahead_s(said)
        except BankAway as away:
            yield Finding(
                "bad", member.id, f"does not answer at {member.url}: {away.why}", f"bankfed start {member.id}"
            )
            continue
        if ahead_s is not None:
            clocks[member.id] = ahead_s
        link = said.get("broker") or {}
        if not said["ok"]:
            yield Finding(
                "bad", member.id, f"not ready: {said.get('detail', 'no reason given')}", f"bankfed logs {member.id}"
            )
        elif isinstance(link, dict) and link.get("state") != "up":
            queued = f"{said.get('outbox_pending', '?')} payments wait"
            yield Finding("warn", member.id, f"works, but without the broker; {queued}", "bankfed start broker")
        else:
            yield Finding("ok", member.id, f"ready at {member.url}")
    yield from skew(clocks)


def clock_ahead_s(said: Mapping[str, Any]) -> float | None:
    """How far a bank's clock is ahead of this one: from `now` of its answer, else from the Date header."""
    now = datetime.now(UTC)
    try:
        if isinstance(said.get("now"), str):
            return (datetime.fromisoformat(said["now"]) - now).total_seconds()
        return (parsedate_to_datetime(said["date"]) - now.replace(microsecond=0)).total_seconds()
    except (ValueError, TypeError):
        return None


def skew(ahead_s: Mapping[str, float]) -> Iterator[Finding]:
    """The banks' clocks beside each other. Money never depends on them; expiry and time lines do."""
    if not ahead_s:
        return
    most, least = max(ahead_s, key=ahead_s.__getitem__), min(ahead_s, key=ahead_s.__getitem__)
    apart_s = ahead_s[most] - ahead_s[least]
    if apart_s > SKEW_S_MAX:
        words = (
            f"{most} is {apart_s:.0f} s ahead of {least}; no money is at risk, but transfers may expire early or late"
        )
        yield Finding("warn", "clocks", words, "set the clocks (lab: BANK_CLOCK_OFFSET_MS)")
    elif max(map(abs, ahead_s.values())) > SKEW_S_MAX:
        yield Finding("warn", "clocks", f"{most} is {ahead_s[most]:+.0f} s from this machine", "set the clocks")
    else:
        yield Finding("ok", "clocks", "together")


def broker(bootstrap: str) -> Iterator[Finding]:
    """Whether it answers, and whether the money topic is made as the protocol wants it."""
    try:
        brokers, facts = topic_facts(bootstrap, TRANSFERS_TOPIC, ASK_S_MAX)
    except Failure as failure:
        yield Finding("bad", "broker", failure.what, "bankfed start broker")
        return
    yield Finding("ok", "broker", f"answers at {bootstrap}, {brokers} node{'s' * (brokers > 1)}")
    if facts is None:
        yield Finding("warn", "topic", f"{TRANSFERS_TOPIC} does not exist yet", "a bank makes it when it starts")
    else:
        yield from topic_settings(facts.partitions, facts.replicas, facts.settings, brokers)


def topic_settings(partitions: int, replicas: int, values: Mapping[str, str], brokers: int) -> Iterator[Finding]:
    """Against design's wishes: delete after days, and three copies where there are three brokers."""
    wrong = []
    if partitions < PARTITIONS_MIN:
        wrong.append(f"{partitions} partition: every bank reads everything")
    if "compact" in values.get("cleanup.policy", "delete"):
        wrong.append("cleanup.policy compact loses transfers")
    if brokers >= 3 and (replicas < 3 or int(values.get("min.insync.replicas", "1")) < 2):
        wrong.append(
            f"{replicas} replicas, min.insync.replicas {values.get('min.insync.replicas', '1')} on {brokers} brokers"
        )
    days = int(values.get("retention.ms", "-1")) / 86_400_000
    if 0 <= days < 1:
        wrong.append(f"kept for {days * 24:.1f} h only")
    if wrong:
        yield Finding(
            "warn", "topic", "; ".join(wrong), "bankfed reset, bankfed up (nothing is lost meanwhile: banks re-send)"
        )
    else:
        kept = "for ever" if days < 0 else f"{days:.0f} days"
        yield Finding("ok", "topic", f"{TRANSFERS_TOPIC}: {partitions} partitions, {replicas} replica(s), kept {kept}")


def stale(state: Mapping[str, Any]) -> Iterator[Finding]:
    """Pids on file of processes that are gone, or whose number another process has now."""
    from federation.launcher.processes import Process

    gone = [
        process.pid
        for found in state_pids(state)
        if (process := Process.from_json(found)) is not None and not process.alive
    ]
    if gone:
        yield Finding("warn", "pids", f"on file but gone: {', '.join(map(str, gone))}", "bankfed up puts it in order")
    else:
        yield Finding("ok", "pids", "none is stale")


def state_pids(state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Everything in the supervisor's state that has a pid and a birth."""
    if "pid" in state and "birth" in state:
        yield state
    for value in state.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from state_pids(item)


def cdn(data: Path) -> Iterator[Finding]:
    """Whether the address that the banks' pages may load from answers; their policy header says which it is."""
    for member in read_roster(data).members.values():
        hosts = script_hosts(member.url)
        if hosts:
            fix = "nothing: the pages use their own copy; ASSETS=local asks no more"
            yield from (machine.reachable("CDN", host, fix) for host in hosts)
            return


def script_hosts(url: str) -> list[str]:
    """The foreign addresses that a bank's first page may load scripts from."""
    import httpx

    try:
        page = httpx.get(url, timeout=ASK_S_MAX, follow_redirects=True, trust_env=False)
    except httpx.HTTPError:
        return []
    return script_sources(page.headers.get("Content-Security-Policy", ""))


def script_sources(policy: str) -> list[str]:
    sources = [part.split()[1:] for part in policy.split(";") if part.split()[:1] == ["script-src"]]
    return [word for words in sources for word in words if word.startswith("https://")]


def assets() -> Finding:
    """Where the banks' pages take htmx from."""
    setting = os.environ.get("ASSETS", "auto")
    if setting not in ("auto", "cdn", "local"):
        return Finding("bad", "assets", f"ASSETS={setting} is not a setting", "ASSETS=auto, cdn or local")
    words = {"auto": "CDN, own copy if it does not answer", "cdn": "CDN only", "local": "own copy only"}[setting]
    return Finding("ok", "assets", f"{setting}: {words}")
