"""The logs of a federation as one: JSON lines of banks and launcher, text of Kafka, read, filtered and merged by time.

`Logbook.tick()` returns what was written since the last call, so following and reading once are the same loop.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

LEVELS = ("debug", "info", "warning", "error", "critical")
BROKER, LAUNCHER = "broker", "launcher"
CHUNK_BYTES = 1_000_000

_KAFKA = re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3})\] (\w+) (.*)")
_KAFKA_LEVELS = {"TRACE": "debug", "DEBUG": "debug", "WARN": "warning", "ERROR": "error", "FATAL": "critical"}
_OWN_FIELDS = ("ts", "bank", "level", "event")


@dataclass(frozen=True, slots=True)
class LogLine:
    at_us: int
    source: str  # a bank's id, "broker" or "launcher"
    level: str
    event: str
    fields: dict[str, Any] = field(default_factory=dict)

    def mentions(self, trace: str) -> bool:
        """Whether a transfer or trace id (or its beginning, from 8 characters) stands in any of its fields."""
        texts = [value for value in self.fields.values() if isinstance(value, str)]
        if len(trace) >= 8 and any(text.startswith(trace) for text in texts):
            return True
        return trace in texts or (len(trace) >= 16 and trace in self.event)


@dataclass(frozen=True, slots=True)
class Filter:
    sources: frozenset[str] = frozenset()  # empty: all
    level: str = "debug"
    since_us: int = 0
    trace: str = ""

    def lets(self, line: LogLine) -> bool:
        return (
            line.at_us >= self.since_us
            and LEVELS.index(line.level) >= LEVELS.index(self.level)
            and (not self.trace or line.mentions(self.trace))
        )


class Logbook:
    """All log files of a data folder; new files (a bank more, a rotated log) are found on each tick."""

    def __init__(self, data: Path, chosen: Filter) -> None:
        self._data = data
        self._chosen = chosen
        self._files: dict[tuple[int, int], _File] = {}  # by device and inode: a rotated file stays the same file

    def tick(self) -> list[LogLine]:
        """What is new in all files, by time. The order is exact within one tick only."""
        seen: dict[tuple[int, int], _File] = {}
        for source, path in log_files(self._data):
            if self._chosen.sources and source not in self._chosen.sources:
                continue
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # rotated away between listing and looking
            key = (stat.st_dev, stat.st_ino)
            seen[key] = self._files.get(key) or _File(source, path)
            seen[key].path = path
        self._files = seen
        lines = [line for file in self._files.values() for line in file.tick() if self._chosen.lets(line)]
        return sorted(lines, key=lambda line: line.at_us)


def log_files(data: Path) -> list[tuple[str, Path]]:
    """(source, file) of every log in a data folder, rotated ones included."""
    found = [(path.relative_to(data / "banks").parts[0], path) for path in sorted(data.glob("banks/**/*.log*"))]
    found += [(BROKER, path) for path in sorted([*data.glob("broker/*.log*"), *data.glob("broker/log*/*.log*")])]
    found += [(LAUNCHER, path) for path in sorted(data.glob("run/*.log*"))]
    return [(source, path) for source, path in found if path.is_file()]


@dataclass(slots=True)
class _File:
    source: str
    path: Path
    position: int = 0
    rest: bytes = b""
    last: LogLine | None = None

    def tick(self) -> Iterator[LogLine]:
        try:
            with self.path.open("rb") as stream:
                stat = os.fstat(stream.fileno())
                if stat.st_size < self.position:  # emptied in place
                    self.position, self.rest = 0, b""
                stream.seek(self.position)
                while chunk := stream.read(CHUNK_BYTES):
                    self.position += len(chunk)
                    *whole, self.rest = (self.rest + chunk).split(b"\n")
                    yield from self._read(whole, int(stat.st_mtime * 1_000_000))
        except FileNotFoundError:
            return

    def _read(self, whole: Iterable[bytes], written_us: int) -> Iterator[LogLine]:
        for raw in whole:
            line = read_line(raw.decode("utf-8", "replace"), self.source, self.last, written_us)
            if line is not None:
                self.last = line
                yield line


def read_line(text: str, source: str, before: LogLine | None = None, written_us: int = 0) -> LogLine | None:
    """One line of a log; what has no time of its own (a stack trace) takes the time and level of the line before it,
    and where there is none, the time when the file was written."""
    text = text.rstrip()
    if not text:
        return None
    if text.startswith("{"):
        try:
            return _own_line(json.loads(text), source)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            pass
    kafka = _KAFKA.match(text)
    if kafka:
        at = datetime.strptime(kafka[1], "%Y-%m-%d %H:%M:%S").astimezone()  # Kafka writes local time, without a zone
        at_us = int(at.timestamp()) * 1_000_000 + int(kafka[2]) * 1000
        return LogLine(at_us, source, _KAFKA_LEVELS.get(kafka[3], "info"), kafka[4])
    if before is None:
        return LogLine(written_us, source, "info", text)
    return LogLine(before.at_us, source, before.level, text)


def _own_line(fields: dict[str, Any], source: str) -> LogLine:
    ts = fields["ts"]
    at_us = ts if isinstance(ts, int) else round(datetime.fromisoformat(ts).timestamp() * 1_000_000)
    level = str(fields.get("level", "info")).lower()
    level = {"warn": "warning", "fatal": "critical"}.get(level, level)
    rest = {name: value for name, value in fields.items() if name not in _OWN_FIELDS}
    if fields.get("bank") not in (None, source):
        rest = {"about": fields["bank"], **rest}  # the launcher's lines
    return LogLine(at_us, source, level if level in LEVELS else "info", str(fields.get("event", "")), rest)


def sources(data: Path) -> list[str]:
    return list(dict.fromkeys(source for source, _ in log_files(data)))
