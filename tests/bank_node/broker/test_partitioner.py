"""murmur2 against vectors of Java's own client, so that banks in other languages find the same partition."""

from __future__ import annotations

import pytest
from kafka.partitioner.default import murmur2 as kafka_python_murmur2

from bank_node.transfers.ports import murmur2, partition_for


@pytest.mark.parametrize(
    ("data", "signed"),
    [  # org.apache.kafka.common.utils.UtilsTest.testMurmur2
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_javas(data: bytes, signed: int) -> None:
    assert murmur2(data) == signed & 0xFFFFFFFF


@pytest.mark.parametrize("key", [b"", b"A", b"AL", b"ALF", b"ALFA", b"B027", "Zürich".encode(), bytes(range(256))])
def test_murmur2_is_the_clients_for_any_length(key: bytes) -> None:
    assert murmur2(key) == kafka_python_murmur2(key) & 0xFFFFFFFF


def test_the_partition_is_the_positive_hash_modulo_the_partitions() -> None:
    assert partition_for(b"21", 32) == (-973932308 & 0x7FFFFFFF) % 32
