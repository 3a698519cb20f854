"""The topic of money, for somebody who reads and writes it as he likes: no group, no port, any key, any partition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS


class Topic:
    def __init__(self, bootstrap: str) -> None:
        self._servers = bootstrap.split(",")
        self._producer = KafkaProducer(
            bootstrap_servers=self._servers, linger_ms=20, batch_size=256 * 1024, max_request_size=1_040_000
        )
        self.partitions = len(self._producer.partitions_for(EXTERNAL_TRANSFERS))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._producer.close(timeout=5)

    def partition(self, bank: str) -> int:
        return partition_for(bank.encode(), self.partitions)

    def send(self, bank: str, key: bytes | None, value: bytes | None, **more: Any) -> None:
        """To the partition that this bank reads; `flush` waits for the broker."""
        where = {"partition": self.partition(bank), **more}
        self._producer.send(EXTERNAL_TRANSFERS, value=value, key=key, **where)

    def flush(self) -> None:
        self._producer.flush(60)

    def write(self, bank: str, value: bytes | None) -> None:
        self.send(bank, bank.encode(), value)
        self.flush()

    def say_again(self, records: Iterable[Any]) -> None:
        for record in records:
            self._producer.send(
                EXTERNAL_TRANSFERS,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                partition=record.partition,
            )
        self.flush()

    def everything(self, banks: Sequence[str]) -> list[Any]:
        """The records that these banks read, from the oldest that is left to the newest that is there."""
        consumer = KafkaConsumer(bootstrap_servers=self._servers, group_id=None, enable_auto_commit=False)
        try:
            partitions = [TopicPartition(EXTERNAL_TRANSFERS, n) for n in sorted({self.partition(b) for b in banks})]
            consumer.assign(partitions)
            consumer.seek_to_beginning()
            ends, found = consumer.end_offsets(partitions), list[Any]()
            while any(consumer.position(one) < ends[one] for one in partitions):
                found += [record for records in consumer.poll(timeout_ms=500).values() for record in records]
            return sorted(found, key=lambda record: record.timestamp)
        finally:
            consumer.close()
