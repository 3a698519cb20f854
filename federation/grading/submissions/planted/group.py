"""v2: the template's bank, in a consumer group that shares partitions out, and its offsets kept by the broker: stored
after the effect. What comes again, because an offset was lost, is known by its id.

`python -m federation.grading.submissions.planted.group`
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer

TEMPLATE = Path(__file__).parents[2] / "templates" / "python"


def read_for_ever(books: Any) -> None:
    """Stored offsets are behind the effects, never before them."""
    import node

    while True:
        consumer = None
        try:
            consumer = KafkaConsumer(
                node.TOPIC,
                group_id=f"bank-{os.environ['BANK_ID']}",
                auto_offset_reset="earliest",
                enable_auto_commit=False,
                session_timeout_ms=6_000,
                heartbeat_interval_ms=1_000,
                fetch_max_bytes=4 << 20,
                **node.KAFKA,
            )
            while True:
                found = consumer.poll(timeout_ms=500)
                records = [record.value or b"" for records in found.values() for record in records]
                if records:
                    books.read(records, {})
                    consumer.commit()
        except Exception as error:
            node.tell("reading", error)
        finally:
            if consumer is not None:
                consumer.close(autocommit=False, timeout_ms=500)


def main() -> None:
    sys.path.insert(0, str(TEMPLATE))
    import node

    node.read_for_ever = read_for_ever
    node.main()


if __name__ == "__main__":
    main()
