"""What every test may ask for."""

from tests.support.kafka import kafka, kafka_is_healed
from tests.support.postgresql import database_url, postgresql, postgresql_server

__all__ = ["database_url", "kafka", "kafka_is_healed", "postgresql", "postgresql_server"]
