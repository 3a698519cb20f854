"""The JSON Schemas as files in `wire/`, for programs in other languages, and what may never change about them.

`python -m bank_node.transfers.wire_files` writes them anew from the models, and refuses where that would break a bank
of an earlier minor version. Beside them lies `vectors.json`: content hashes, macs and a certificate to try another
implementation on. It is not generated; tests hold the code against it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bank_node.transfers.schemas import MODELS, json_schema

WIRE = Path(__file__).with_name("wire")
VECTORS = WIRE / "vectors.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_WORDS = ("description", "title", "examples", "deprecated", "$comment")  # nobody's program depends on them

Json = dict[str, Any]


def documents() -> dict[str, Json]:
    """Message type -> its schema as the file shall have it."""
    return {type_: {"$schema": DIALECT, "$id": f"urn:bankfed:1:{type_}", **json_schema(type_)} for type_ in MODELS}


def kept_documents(folder: Path = WIRE) -> dict[str, Json]:
    """Message type -> its schema as the file has it."""
    files = [path for path in sorted(folder.glob("*.json")) if path.name != VECTORS.name]
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def incompatible(kept: dict[str, Json], new: dict[str, Json]) -> list[str]:
    """In words, what banks that know only `kept` would stumble over; only new types and new optional fields are free.

    A looser limit counts as well: what a new bank then writes, an old one would refuse.
    """
    wrong = [f"{type_} is gone" for type_ in kept if type_ not in new]
    for type_, old in kept.items():
        if type_ in new:
            wrong += _object_changes(type_, _Schema(old, old), _Schema(new[type_], new[type_]))
    return wrong


class _Schema:
    """A part of a document, its reference followed."""

    def __init__(self, part: Json, document: Json) -> None:
        self.document = document
        self.part = document["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        self.properties: Json = self.part.get("properties", {})
        self.required = set(self.part.get("required", ()))

    def of(self, name: str) -> _Schema:
        return _Schema(self.properties[name], self.document)

    def rules(self) -> Json:
        """All that a value is held against, but for the members of an object."""
        skipped = (*_WORDS, "properties", "required", "$defs", "$schema", "$id")
        return {key: _without_words(value) for key, value in self.part.items() if key not in skipped}


def _object_changes(where: str, old: _Schema, new: _Schema) -> list[str]:
    wrong = []
    if old.rules() != new.rules():
        wrong.append(f"{where}: {old.rules()} has become {new.rules()}")
    for name in old.properties:
        field = f"{where}.{name}"
        if name not in new.properties:
            wrong.append(f"{field} is gone")
            continue
        if name in old.required and name not in new.required:
            wrong.append(f"{field} may now be absent, and there are readers that need it")
        wrong += _object_changes(field, old.of(name), new.of(name))
    wrong += [f"{where}.{name} is demanded, and there are writers without it" for name in new.required - old.required]
    return wrong


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_words(part) for key, part in value.items() if key not in _WORDS}
    return [_without_words(part) for part in value] if isinstance(value, list) else value


def text_of(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(folder: Path = WIRE) -> int:
    """Writes the files; 1 and not a byte written where a change is incompatible."""
    new = documents()
    wrong = incompatible(kept_documents(folder), new)
    if wrong:
        print(
            "not written, banks of an earlier version could not read or be read:", *wrong, sep="\n  ", file=sys.stderr
        )
        return 1
    folder.mkdir(exist_ok=True)
    for type_, document in new.items():
        (folder / f"{type_}.json").write_text(text_of(document), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
