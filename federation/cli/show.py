"""How things look in a terminal: colours, tables, tick lists, chips, words for failures. Only the tick list prints."""

from __future__ import annotations

import os
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

from federation.failure import Failure

SIGNS = {"ok": "✓", "warn": "!", "bad": "✗", "skip": "–"}
_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
_SIGN_COLOURS = {"ok": "green", "warn": "yellow", "bad": "red", "skip": "dim"}
_CHIP_COLOURS = {
    "Completed": "green",
    "ready": "green",
    "Sent back": "red",
    "Returned": "yellow",
    "Partly returned": "yellow",
    "crashed": "red",
    "suspect": "red",
    "stopped": "dim",
}
BANK_COLOURS = ("cyan", "magenta", "yellow", "green", "blue", "red")


class Paint:
    """Colours, or none: not on a pipe, not with NO_COLOR, not on a dumb terminal."""

    def __init__(self, on: bool) -> None:
        self.on = on

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str] = os.environ) -> Paint:
        return cls(stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb")

    def colour(self, name: str, text: str) -> str:
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.on and text else text

    def bold(self, text: str) -> str:
        return self.colour("bold", text)

    def dim(self, text: str) -> str:
        return self.colour("dim", text)

    def red(self, text: str) -> str:
        return self.colour("red", text)

    def green(self, text: str) -> str:
        return self.colour("green", text)

    def yellow(self, text: str) -> str:
        return self.colour("yellow", text)

    def sign(self, level: str) -> str:
        """✓ ! ✗ – for ok, warn, bad, skip."""
        return self.colour(_SIGN_COLOURS[level], SIGNS[level])

    def chip(self, words: str) -> str:
        """A state in brackets, coloured by its meaning; states of no colour of their own are under way."""
        return self.colour(_CHIP_COLOURS.get(words, "cyan"), f"[{words}]")


def width(text: str) -> int:
    """Columns a text takes in a terminal, colours not counted."""
    plain, inside = [], False
    for character in text:
        if character == "\x1b":
            inside = True
        elif inside:
            inside = character != "m"
        else:
            plain.append(character)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in plain)


def pad(text: str, columns: int, right: bool = False) -> str:
    gap = " " * max(0, columns - width(text))
    return gap + text if right else text + gap


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], paint: Paint, right: Sequence[int] = ()) -> str:
    """Columns two spaces apart; `right` names the columns (from 0) that are numbers."""
    columns = [max(width(cell) for cell in column) for column in zip(headers, *rows, strict=True)]
    head = "  ".join(pad(h, n, i in right) for i, (h, n) in enumerate(zip(headers, columns, strict=True)))
    lines = [paint.bold(head.rstrip())]
    for row in rows:
        lines.append(
            "  ".join(pad(c, n, i in right) for i, (c, n) in enumerate(zip(row, columns, strict=True))).rstrip()
        )
    return "\n".join(lines)


def failure(error: Failure, paint: Paint) -> str:
    """What happened, why, what to do, where the log is; each on a line of its own."""
    lines = [f"{paint.sign('bad')} {paint.bold(error.what)}"]
    if error.why:
        lines.append(f"  why   {error.why}")
    if error.do:
        lines.append(f"  do    {error.do}")
    if error.log:
        lines.append(f"  log   {error.log}")
    if error.detail:
        lines.extend(paint.dim(f"  | {line}") for line in error.detail.rstrip().splitlines())
    return "\n".join(lines)


def seconds(value_s: float) -> str:
    return f"{value_s:.1f} s"


class TickList:
    """Steps with their seconds, on stderr: a step under way is shown only on a terminal, a finished one always."""

    def __init__(self, stream: TextIO | None = None, quiet: bool = False) -> None:
        self.stream = stream or sys.stderr
        self.quiet = quiet
        self.paint = Paint.of(self.stream)
        self._under_way = ""  # the line on the screen that the next one replaces

    def say(self, text: str) -> None:
        if not self.quiet:
            self.clear()
            print(text, file=self.stream, flush=True)

    def running(self, text: str) -> None:
        """Replaces the line under way (a progress bar, a count); on a pipe nothing is written."""
        if not self.quiet and self.paint.on and text != self._under_way:
            self._under_way = text
            self.stream.write(f"\r\x1b[K{self.paint.dim('…')} {text}")
            self.stream.flush()

    def clear(self) -> None:
        """Takes the line under way off the screen."""
        if self._under_way:
            self._under_way = ""
            self.stream.write("\r\x1b[K")
            self.stream.flush()

    def done(self, text: str, took_s: float | None = None, level: str = "ok") -> None:
        suffix = "" if took_s is None else f" {self.paint.dim(seconds(took_s))}"
        self.say(f"{self.paint.sign(level)} {text}{suffix}")

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """`with ticks.step("broker ready"):` a tick when it ends, a cross when it raises."""
        began = time.monotonic()
        self.running(text)
        try:
            yield
        except BaseException:
            self.done(text, time.monotonic() - began, "bad")
            raise
        self.done(text, time.monotonic() - began)
