"""What a fault can be told, in a word each: `500ms±100`, `5%`, `BRVO`, `answers`, `64KB/s`, `3x`, `bank=BRVO`.

A word without a name goes to the first parameter, in their order, that can read it. No fault is made here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from federation.failure import ExitCode, Failure

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"B": 1, "KB": 1024, "MB": 1024 * 1024}
_DURATION = re.compile(r"(?P<count>\d+(?:\.\d+)?)(?P<unit>us|ms|s|m|h)")
_SWING = re.compile(r"(?:±|\+-|\+/-)(?P<count>\d+(?:\.\d+)?)(?P<unit>us|ms|s|m|h)?")
_RATE = re.compile(r"(?P<count>\d+(?:\.\d+)?)(?P<unit>B|KB|MB)/s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Swing:
    """So many seconds, up to so many more or less."""

    seconds: float
    jitter_s: float = 0.0


# of a word: its value. Raises ValueError for what is not of this kind
Kind = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """`default` None: the fault has its own idea, or nothing is meant by it. `wanted`: it must be said."""

    name: str
    kind: Kind
    default: Any = None
    help: str = ""
    wanted: bool = False


def duration(word: str) -> float:
    found = _DURATION.fullmatch(word)
    if found is None:
        raise ValueError("a time is written 500ms, 2s or 1m")
    return float(found["count"]) * _UNITS[found["unit"]]


def swing(word: str) -> Swing:
    first = _DURATION.match(word)
    if first is None:
        raise ValueError("a time is written 500ms, or 500ms±100")
    more = word[first.end() :]
    around = _SWING.fullmatch(more)
    if more and around is None:
        raise ValueError("a time with a swing is written 500ms±100")
    jitter_s = float(around["count"]) * _UNITS[around["unit"] or first["unit"]] if around else 0.0
    seconds = float(first["count"]) * _UNITS[first["unit"]]
    if jitter_s > seconds:
        why = "it cannot swing by more than itself"
        if around and not around["unit"] and first["unit"] not in ("us", "ms"):
            why += f"; ±{around['count']} without a unit is {jitter_s:g} s: write ±{around['count']}ms"
        raise ValueError(why)
    return Swing(seconds, jitter_s)


def offset(word: str) -> int:
    """Milliseconds, before or behind: `+1h`, `-90s`."""
    sign, rest = (word[0], word[1:]) if word[:1] in ("+", "-") else ("+", word)
    return round(float(f"{sign}{duration(rest)}") * 1000)


def share(word: str) -> float:
    """`5%`."""
    if not re.fullmatch(r"\d+(\.\d+)?%", word) or not 0 < float(word[:-1]) <= 100:
        raise ValueError("a share is written 5%, above 0% and at most 100%")
    return float(word[:-1]) / 100


def count(word: str) -> int:
    """`3` or `3x`."""
    if not re.fullmatch(r"[1-9]\d{0,5}x?", word):
        raise ValueError("a number is written 3 or 3x, and is at least 1")
    return int(word.rstrip("x"))


def bank(word: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9]{3}", word):
        raise ValueError("a bank is called by its four letters, BRVO")
    return word


def rate(word: str) -> float:
    """Bytes a second."""
    found = _RATE.fullmatch(word)
    if found is None or not float(found["count"]):
        raise ValueError("a rate is written 64KB/s")
    return float(found["count"]) * _BYTES[found["unit"].upper()]


def one_of(*words: str) -> Kind:
    def read(word: str) -> str:
        if word not in words:
            raise ValueError(f"it is one of {', '.join(words)}")
        return word

    return read


def read_words(fault: str, parameters: Sequence[Parameter], words: Sequence[str]) -> dict[str, Any]:
    """What the words say, by parameter; the others have their defaults. Raises Failure in words."""
    said: dict[str, Any] = {}
    for word in words:
        name, named, value = word.partition("=")
        taken = _named(fault, parameters, name, value) if named else _fitting(fault, parameters, said, word)
        if taken[0] in said:
            raise _wrong(f"{fault} is told its {taken[0]} twice", parameters)
        said[taken[0]] = taken[1]
    for parameter in parameters:
        if parameter.wanted and parameter.name not in said:
            raise _wrong(f"{fault} needs to know its {parameter.name}", parameters)
    return {parameter.name: said.get(parameter.name, parameter.default) for parameter in parameters}


def _named(fault: str, parameters: Sequence[Parameter], name: str, value: str) -> tuple[str, Any]:
    for parameter in parameters:
        if parameter.name == name:
            try:
                return name, parameter.kind(value)
            except ValueError as error:
                raise _wrong(f"{fault}: {name}={value}", parameters, str(error)) from error
    raise _wrong(f"{fault} has no {name}", parameters)


def _fitting(fault: str, parameters: Sequence[Parameter], said: dict[str, Any], word: str) -> tuple[str, Any]:
    why = ""
    for parameter in parameters:
        if parameter.name not in said:
            try:
                return parameter.name, parameter.kind(word)
            except ValueError as error:
                why = why or f"{parameter.name}: {error}"
    raise _wrong(f"{fault} does not know what {word} is", parameters, why)


def _wrong(what: str, parameters: Sequence[Parameter], why: str = "") -> Failure:
    known = "; ".join(f"{parameter.name}: {parameter.help}" for parameter in parameters)
    return Failure(what, why=why, do=known or "it takes no parameters", code=ExitCode.USAGE)
