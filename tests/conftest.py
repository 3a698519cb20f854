"""What every test may ask for, and what none does: no test fails because the machine is busy."""

from hypothesis import HealthCheck, settings

from tests.support.kafka import kafka, kafka_is_healed
from tests.support.postgresql import database_url, postgresql, postgresql_server

settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

__all__ = ["database_url", "kafka", "kafka_is_healed", "postgresql", "postgresql_server"]
