"""What every test may ask for."""

from tests.support.kafka import kafka, kafka_is_healed

__all__ = ["kafka", "kafka_is_healed"]
