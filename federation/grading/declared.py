"""Reading a TOML file into typed objects. What is wrong with it is told in words: which line, what, and what to do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from federation.failure import ExitCode, Failure

_TABLE = re.compile(r"\s*\[+\s*([\w.\-\" ]+?)\s*\]+\s*(#.*)?$")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*=")


class Declared(BaseModel):
    """A table of such a file: nothing but what is known may stand in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=Declared)


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    what: str
    do: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}" + (f" {self.do}" if self.do else "")


class BadFile(Failure):
    """`faults` are all that is wrong with a file."""

    def __init__(self, file: Path, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        rest = "\n".join(str(fault) for fault in self.faults[1:])
        super().__init__(f"{file.name}, line {first.line}: {first.what}", do=first.do, code=ExitCode.USAGE, detail=rest)


def read_declared(file: Path, model: type[M]) -> M:
    """Raises BadFile; Failure where there is no such file."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        words = "CONTRACT.md says what stands in it; the bundled submissions have one each"
        what = f"there is no {file.name} in {file.parent}"
        raise Failure(what, why=error.strerror or "", do=words, code=ExitCode.USAGE) from error
    except UnicodeDecodeError as error:
        raise BadFile(file, [Fault(1, "it is not UTF-8 text.", "Save it as UTF-8.")]) from error
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(file, [_not_toml(text, error)]) from error
    try:
        return model.model_validate(said)
    except ValidationError as error:
        faults = [_fault(text, model, one) for one in error.errors()]
        # a name that is mistyped explains why another is missing
        in_turn = sorted(faults, key=lambda fault: (fault.line, fault.what.endswith("is missing.")))
        raise BadFile(file, in_turn) from error


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line where this member stands, or else the innermost table around it that can be found; 1 where none can."""
    names = [str(part) for part in path if isinstance(part, str)]
    lines = dict(_members(text))
    for depth in range(len(names), 0, -1):
        found = lines.get(tuple(names[:depth]))
        if found is not None:
            return found
    return 1


def _members(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        heading = _TABLE.match(line)
        if heading:
            table = tuple(part.strip(' "') for part in heading[1].split("."))
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, key[1]), number


def _not_toml(text: str, error: tomllib.TOMLDecodeError) -> Fault:
    place = re.search(r"at line (\d+)", str(error))
    line = int(place[1]) if place else len(text.splitlines())
    what = re.sub(r" \(at .*\)$", "", str(error))
    return Fault(line, f"this is not TOML: {what}.", "Texts stand in quotes, tables in [brackets].")


def _fault(text: str, model: type[Declared], error: Any) -> Fault:
    path = [part for part in error["loc"] if not (isinstance(part, str) and "[" in part)]
    name, line = ".".join(str(part) for part in path), line_of(text, path)
    match error["type"]:
        case "missing":
            return Fault(line, f"{name} is missing.", _meaning(model, path))
        case "extra_forbidden":
            known = sorted(_known(model, path[:-1]))
            near = get_close_matches(str(path[-1]), known, 1)
            do = f"Do you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."
            return Fault(line, f"{name} is not a name that the contract has.", do)
        case "value_error":
            what, _, do = str(error["ctx"]["error"]).partition("; ")
            return Fault(line, f"{name or 'the file'}: {what}.", f"{do[:1].upper()}{do[1:]}." if do else "")
        case _:
            return Fault(line, f"{name} is {error['input']!r}.", f"{error['msg']}.")


def _known(model: type[Declared], path: Sequence[str | int]) -> set[str]:
    inner = _table(model, path)
    return set(inner.model_fields) if inner else set()


def _meaning(model: type[Declared], path: Sequence[str | int]) -> str:
    inner = _table(model, path[:-1])
    field = inner.model_fields.get(str(path[-1])) if inner else None
    return f"Write {field.description}." if field is not None and field.description else "Write it."


def _table(model: type[Declared], path: Sequence[str | int]) -> type[Declared] | None:
    """The class of the table at this path."""
    current: type[Declared] | None = model
    for part in path:
        field = current.model_fields.get(str(part)) if current else None
        kinds = (field.annotation, *getattr(field.annotation, "__args__", ())) if field else ()
        current = next((one for one in kinds if isinstance(one, type) and issubclass(one, Declared)), None)
    return current
