"""The files that other languages build on: as the models say, never changed so that an earlier version breaks."""

from __future__ import annotations

import json
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bank_node.transfers import wire_files
from bank_node.transfers.messages import content_hash
from bank_node.transfers.recall import recall_hash
from bank_node.transfers.wire_files import VECTORS, WIRE, documents, incompatible, kept_documents, main, text_of

VECTOR_FILE = json.loads(VECTORS.read_text(encoding="utf-8"))


def test_the_files_are_what_the_models_say() -> None:
    words = "python -m bank_node.transfers.wire_files writes them anew"
    assert {type_: (WIRE / f"{type_}.json").read_text(encoding="utf-8") for type_ in kept_documents()} == {
        type_: text_of(document) for type_, document in documents().items()
    }, words


def test_the_models_still_speak_with_banks_that_know_the_files() -> None:
    assert incompatible(kept_documents(), documents()) == []


def changed(type_: str, **change: Any) -> dict[str, Any]:
    new = deepcopy(documents())
    new[type_]["properties"] |= change
    return new


REQUESTED, REJECTED = "transfer.requested", "transfer.rejected"


def test_a_new_type_a_new_optional_field_and_other_words_are_free() -> None:
    new = changed(REQUESTED, mood={"type": "string"}, currency={"type": "string", "pattern": "^[A-Z]{3}$"})
    new[REQUESTED]["description"] = "said better"
    assert incompatible(documents(), {**new, "drawer.opened": {"type": "object"}}) == []


def demanded(type_: str) -> dict[str, Any]:
    new = changed(type_, purpose={"type": "string"})
    new[type_]["required"].append("purpose")
    return new


def spared(type_: str, field: str) -> dict[str, Any]:
    new = deepcopy(documents())
    new[type_]["required"].remove(field)
    return new


def without(type_: str, field: str) -> dict[str, Any]:
    new = deepcopy(documents())
    del new[type_]["properties"][field]
    return new


def within_reason(**change: Any) -> dict[str, Any]:
    new = deepcopy(documents())
    new[REJECTED]["$defs"]["Reason"]["properties"] |= change
    return new


@pytest.mark.parametrize(
    ("new", "word"),
    [
        (demanded(REQUESTED), "purpose is demanded"),
        (spared(REQUESTED, "currency"), "currency may now be absent"),
        (without(REQUESTED, "reference"), "reference is gone"),
        (changed(REQUESTED, amount_minor={"type": "string"}), "has become"),
        (changed(REQUESTED, amount_minor={"type": "integer", "minimum": 1, "maximum": 10**16}), "has become"),
        (changed(REJECTED, repeats_ignored={"type": "integer", "minimum": 1}), "has become"),
        (within_reason(code={"type": "integer"}), "reason.code"),
        ({type_: document for type_, document in documents().items() if type_ != REQUESTED}, "is gone"),
    ],
)
def test_an_incompatible_change_is_refused(new: dict[str, Any], word: str) -> None:
    wrong = incompatible(documents(), new)
    assert len(wrong) == 1
    assert word in wrong[0]


def test_the_files_are_not_overwritten_by_an_incompatible_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(tmp_path) == 0
    monkeypatch.setattr(wire_files, "documents", lambda: without(REQUESTED, "reference"))
    assert main(tmp_path) == 1
    assert f"{REQUESTED}.reference is gone" in capsys.readouterr().err
    assert kept_documents(tmp_path) == documents()


def test_there_are_ten_vectors() -> None:
    assert len({example["name"] for example in VECTOR_FILE["examples"]}) == 10


@pytest.mark.parametrize("example", VECTOR_FILE["examples"], ids=lambda example: example["name"])
def test_a_vector_fits_the_code_and_what_its_file_says_of_it(example: dict[str, Any]) -> None:
    fields = example["fields"]
    business = {name: fields[name] for name in VECTOR_FILE["hashed"] if fields.get(name) is not None}
    business["family"] = "return" if "original_transaction_id" in business else "payment"
    canonical = json.dumps(business, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert example["canonical"] == canonical
    assert example["content_hash"] == sha256(canonical.encode()).hexdigest() == content_hash(fields)


@pytest.mark.parametrize("example", VECTOR_FILE["recall"]["examples"], ids=lambda example: example["name"])
def test_a_vector_of_a_recall_fits_the_code_and_what_its_file_says_of_it(example: dict[str, Any]) -> None:
    fields = example["fields"]
    asked = {name: fields[name] for name in VECTOR_FILE["recall"]["hashed"] if fields.get(name) is not None}
    canonical = json.dumps({**asked, "family": "recall"}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert example["canonical"] == canonical
    assert example["content_hash"] == sha256(canonical.encode()).hexdigest() == recall_hash(fields)
