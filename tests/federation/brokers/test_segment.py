"""The end of a partition cut off in its files: whole batches, and what was told of them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from federation.brokers.segment import CLEAN, batches, cut
from federation.failure import Failure


def batch(first_offset: int, records: int) -> bytes:
    """A head as Kafka writes it, and something behind it."""
    body = bytes(4) + b"\x02" + bytes(6) + struct.pack(">i", records - 1) + b"x" * 40
    return struct.pack(">qi", first_offset, len(body)) + body


@pytest.fixture
def partition(tmp_path: Path) -> Path:
    """Three batches of 2, 1 and 3 records; the file is larger than what is in it."""
    folder = tmp_path / "external-transfers-2"
    folder.mkdir()
    content = batch(0, 2) + batch(2, 1) + batch(3, 3)
    (folder / f"{0:020}.log").write_bytes(content + bytes(500))
    for name in (f"{0:020}.index", f"{0:020}.timeindex", f"{2:020}.snapshot", f"{6:020}.snapshot"):
        (folder / name).write_bytes(b"")
    (tmp_path / CLEAN).touch()
    return folder


def test_batches_are_known_by_offset_and_length(partition: Path) -> None:
    told = [(one.first_offset, one.records) for one in batches(partition / f"{0:020}.log")]
    assert told == [(0, 2), (2, 1), (3, 3)]


@pytest.mark.parametrize(("wanted", "gone", "left"), [(1, 3, 2), (3, 3, 2), (4, 4, 1), (99, 6, 0)])
def test_whole_batches_go_at_least_as_many_records_as_wanted(
    partition: Path, wanted: int, gone: int, left: int
) -> None:
    assert cut(partition, wanted) == gone
    assert len(batches(partition / f"{0:020}.log")) == left


def test_indexes_and_what_was_known_of_producers_beyond_it_go_too(partition: Path) -> None:
    cut(partition, 1)
    assert sorted(file.name for file in partition.iterdir()) == [f"{0:020}.log", f"{2:020}.snapshot"]
    assert not (partition.parent / CLEAN).exists()


def test_of_an_empty_partition_nothing_goes(tmp_path: Path) -> None:
    (tmp_path / f"{0:020}.log").write_bytes(bytes(200))
    assert cut(tmp_path, 5) == 0
    with pytest.raises(Failure, match="no files"):
        cut(tmp_path / "nowhere", 1)
