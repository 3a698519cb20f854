"""Every knob of a bank, with its unit, default, limit and reason. The environment names are the field names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BANK_ID = r"^[A-Z][A-Z0-9]{3}$"


class BankSettings(BaseSettings):
    """Read from the environment once, by whoever starts the bank."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    bank_id: Annotated[str, Field(pattern=BANK_ID)]
    bank_name: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8001
    data_dir: Path = Path(".bankfed/bank")
    # Empty: SQLite in data_dir. postgresql+psycopg://user:password@host/bankfed for PostgreSQL, the same for every bank
    # of a federation: each makes a schema of its own in that database, bank_alfa for ALFA.
    database_url: Annotated[str, Field(repr=False)] = ""
    federation_id: str = "standalone"
    # Who says which key is whose: the federation's Ed25519 key, hexadecimal. Without it no bank's key is believed.
    authority_public_key: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    # optional: a bank without a key on file may speak without a mac; whoever reaches the broker can speak for it
    peer_auth: Literal["required", "optional"] = "required"
    seed_file: Path | None = None  # JSON: this bank's entry of the world file
    # The directory of banks: ALFA=http://127.0.0.1:8001,BRVO=…
    peers: Annotated[dict[str, str], NoDecode] = {}

    kafka_bootstrap_servers: str = "127.0.0.1:18000"
    kafka_security: Annotated[dict[str, str], Field(repr=False)] = {}  # JSON: TLS/SASL settings passed to the client
    external_transfers_partitions: Annotated[int, Field(ge=1, le=1024)] = 32
    retention_ms: Annotated[int, Field(ge=60_000)] = 7 * 24 * 3_600_000
    read_all_partitions: bool = False  # for mixed federations whose clients key records otherwise

    # The writer
    commit_batch_max: Annotated[int, Field(ge=1, le=4096)] = 256  # operations per unit of work
    synchronous: Literal["FULL", "NORMAL", "OFF"] = "FULL"  # FULL: an answered write survives a power cut
    busy_timeout_ms: Annotated[int, Field(ge=0, le=60_000)] = 5_000
    cache_kib: Annotated[int, Field(ge=1_000)] = 16_384
    mmap_mib: Annotated[int, Field(ge=0)] = 64
    readers: Annotated[int, Field(ge=1, le=64)] = 4  # query-only connections

    # The loops
    publish_batch_max: Annotated[int, Field(ge=1, le=4096)] = 512
    publish_timeout_ms: Annotated[int, Field(ge=100)] = 10_000
    poll_batch_max: Annotated[int, Field(ge=1, le=4096)] = 512
    fetch_max_wait_ms: Annotated[int, Field(ge=1, le=30_000)] = 1_000  # Kafka answers at once when there is news
    backoff_ms_min: Annotated[int, Field(ge=1)] = 100
    backoff_ms_max: Annotated[int, Field(ge=1)] = 500  # on top of a try's own two seconds; healed is known so soon
    redrive_after_ms: Annotated[int, Field(ge=100)] = 15_000  # quiet for so long: say it again
    redrive_after_ms_max: Annotated[int, Field(ge=100)] = 300_000
    sweep_every_ms: Annotated[int, Field(ge=10)] = 1_000
    sweep_batch_max: Annotated[int, Field(ge=1)] = 256
    transfer_expiry_ms: Annotated[int, Field(ge=0)] = 24 * 3_600_000  # 0: never
    cancel_grace_ms: Annotated[int, Field(ge=0)] = 2_000  # for clocks that differ
    outbox_keep_ms: Annotated[int, Field(ge=0)] = 7 * 24 * 3_600_000

    # Who speaks
    heartbeat_ms: Annotated[int, Field(ge=1_000)] = 30_000  # a registry record says: this bank is there
    key_announce_ms: Annotated[int, Field(ge=0)] = 60_000  # a new key is told for so long before it is used
    key_window_ms: Annotated[int, Field(ge=0)] = 24 * 3_600_000  # the old key is believed for so long after that
    lease_ms: Annotated[int, Field(ge=1_000)] = 15_000  # of the post room, among the processes of one bank
    payee_wait_ms: Annotated[int, Field(ge=0, le=10_000)] = 2_000  # for another bank's word on whose account it is
    stuck_after_ms: Annotated[int, Field(ge=1_000)] = 24 * 3_600_000  # open for so long: somebody should look
    informational_topics: bool = True  # news for whoever listens; losing them harms nothing

    # People
    token_minutes: Annotated[int, Field(ge=1, le=15)] = 15
    session_idle_minutes: Annotated[int, Field(ge=1)] = 15
    session_hours_max: Annotated[int, Field(ge=1)] = 8
    idempotency_keep_days: Annotated[int, Field(ge=7)] = 7
    # Above it a teller's order waits for a supervisor; 0: never. In hundredths of whichever currency the order is in:
    # 1000000 is 10,000.00 EUR, and 10,000 JPY.
    approval_limit_minor: Annotated[int, Field(ge=0)] = 0
    approval_expiry_minutes: Annotated[int, Field(ge=1)] = 24 * 60  # undecided for so long: it ends, its hold too

    # The archive: a month is sealed so many whole months after its last day; 0: never. With 3, in March, November is.
    archive_after_months: Annotated[int, Field(ge=0, le=1_200)] = 0

    # Limits of the HTTP face
    body_bytes_max: Annotated[int, Field(ge=1_024)] = 64 * 1024
    batch_bytes_max: Annotated[int, Field(ge=1_024)] = 256 * 1024
    event_streams_max: Annotated[int, Field(ge=1)] = 64  # of programs, and as many of pages
    event_streams_per_person_max: Annotated[int, Field(ge=1)] = 8
    page_streams_per_person_max: Annotated[int, Field(ge=1)] = 20
    graceful_shutdown_s: Annotated[int, Field(ge=1, le=10)] = 2
    assets: Literal["auto", "cdn", "local"] = "auto"  # where htmx comes from

    # The lab: only on loopback
    bank_lab: bool = False
    bank_failpoints: str = ""
    bank_clock_offset_ms: int = 0

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_bytes_max: Annotated[int, Field(ge=10_000)] = 10_000_000
    log_files_max: Annotated[int, Field(ge=1)] = 3

    @field_validator("peers", mode="before")
    @classmethod
    def _read_directory(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = (item.split("=", 1) for item in value.split(",") if item.strip())
        return {name.strip(): url.strip() for name, url in pairs}

    @property
    def name(self) -> str:
        return self.bank_name or self.bank_id

    @property
    def database(self) -> str:
        """SQLAlchemy URL of this bank's database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'bank.db'}"

    @property
    def on_postgresql(self) -> bool:
        return self.database_url.startswith("postgres")

    @property
    def database_place(self) -> str:
        """The database in a sentence: a file, or a server without the password."""
        if not self.on_postgresql:
            return self.database.removeprefix("sqlite:///")
        place = self.database_url.split("://")[-1].split("?")[0].rpartition("@")[2]
        return f"PostgreSQL at {'localhost' if place.startswith('/') else ''}{place}"

    @property
    def on_loopback(self) -> bool:
        return self.host in ("127.0.0.1", "::1", "localhost")
