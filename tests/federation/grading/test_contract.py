"""The contract is one page and says what the grader does: its names are in the code, its examples are understood."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import federation.grading
from bank_node.lab.failpoints import POINTS
from federation.grading.adapter import Adapter
from federation.grading.books import read_books
from federation.grading.calls import DEPOSIT, PENDING, WITHDRAW
from federation.grading.checkers.poison import WITHIN_US
from federation.grading.checkers.service import DECLARED, MEMORY_MIB_MAX
from federation.grading.custody.limits import Limits
from federation.grading.dialect import Dialect
from federation.grading.evidence import PATIENCE_US
from federation.grading.records import ACCEPTED, REQUESTED, read_record
from federation.grading.submission import LEVEL_1, LEVEL_2, Submission
from federation.grading.town import make_town

PAGE = (Path(federation.grading.__file__).parent / "CONTRACT.md").read_text(encoding="utf-8")
JSON = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
SEED, ORDER, REQUEST, ANSWER, LEDGER = JSON


def test_it_is_one_page() -> None:
    assert len(PAGE.splitlines()) <= 140


def test_every_variable_of_the_environment_stands_in_it() -> None:
    first, second = PAGE.split("## Level 2")
    assert all(f"`{name}`" in first for name in LEVEL_1)
    assert all(name in second for name in LEVEL_2)


def test_the_limits_in_it_are_those_that_nodes_run_within() -> None:
    limits = Limits()
    for figure in (
        f"Beyond {limits.memory_mib} MiB of memory, {limits.processes} processes or {limits.disk_mib:,} MiB on the",
        f"a file has at most {limits.file_mib} MiB",
        f"The first\n  {limits.log_mib} MiB of its output",
    ):
        assert figure in PAGE


def test_every_path_that_a_node_without_adapter_is_asked_stands_in_it() -> None:
    own, order = Dialect(), {"account": "1", "amount_minor": 1, "currency": "EUR"}
    asks = [own.ready(), own.order(ORDER, "k"), own.cash(DEPOSIT, order, "k"), own.cash(WITHDRAW, order, "k")]
    asks += [own.lookup("{id}"), own.account("{number}"), own.statement("{number}")]
    for ask in asks:
        path = ask.path.split("?")[0].replace("%7B", "{").replace("%7D", "}")
        assert f"{path}" in PAGE, path
    sign_in = own.sign_in(make_town(1).banks[0].staff[0])
    assert sign_in is not None
    assert f"`{sign_in.method} {sign_in.path}`" in PAGE


def test_the_bank_toml_in_it_is_one() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    found = Submission.model_validate(tomllib.loads(block))
    assert (found.level, found.offers.clock_offset) == (1, True)


def test_the_seed_file_in_it_has_the_shape_that_nodes_get() -> None:
    real = make_town(1).banks[0].seed_entry()
    assert set(SEED) <= set(real)
    for part in ("staff", "customers", "accounts"):
        assert set(SEED[part][0]) == set(real[part][0])


def test_its_transfer_is_what_a_node_without_adapter_is_sent() -> None:
    ask = Dialect().order(ORDER, "k1")
    assert (ask.json, ask.headers) == (ORDER, {"Idempotency-Key": "k1"})
    assert '`{"transaction_id": "…", "status": "pending"}`' in PAGE
    assert Dialect().told_of_order(202, {"transaction_id": "t", "status": "pending"}).answer["status"] == PENDING


def test_its_records_are_understood() -> None:
    asked = read_record(json.dumps(REQUEST).encode(), Adapter())
    told = read_record(json.dumps(ANSWER).encode(), Adapter())
    assert asked is not None
    assert told is not None
    assert (asked.type, asked.amount_minor, told.type, told.from_bank) == (REQUESTED, 250, ACCEPTED, "BRVO")


def test_its_ledger_is_read() -> None:
    books = read_books(LEDGER)
    assert sum(posting.amount_minor for posting in books.entries[0].postings) == 0
    assert books.audit is not None
    assert (books.audit[0].entry_id, books.quarantined, books.outbox[0].published) == ("7", 0, True)


def test_its_failpoints_are_the_ones_there_are() -> None:
    said = PAGE.split("`BANK_FAILPOINTS` = `")[1].replace("[offers]", "")
    assert set(re.findall(r"\b[a-z]+\.[a-z_]+\b", said)) == set(POINTS)


def test_its_figures_are_those_of_the_checkers() -> None:
    assert f"{PATIENCE_US // 1_000_000} s after the last fault" in PAGE
    assert f"within {WITHIN_US // 1_000_000} s" in PAGE
    assert f"{MEMORY_MIB_MAX} MB of memory; no server error but {DECLARED}" in PAGE
