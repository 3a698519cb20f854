"""Structured logs: one JSON object a line, with named fields, rotated by size; callers mask account numbers."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from typing import Any

import orjson

from bank_node.ledger.dates import rfc3339
from bank_node.settings import BankSettings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """`ts bank level event` and whatever was passed in `extra`."""

    def __init__(self, bank_id: str) -> None:
        super().__init__()
        self._bank_id = bank_id

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ts": rfc3339(int(record.created * 1_000_000)),
            "bank": self._bank_id,
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["trouble"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def start_logging(settings: BankSettings) -> None:
    """Logs of this process go to DATA_DIR/bank.log; what cannot be written there goes to standard error."""
    handler: logging.Handler
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(
            settings.data_dir / "bank.log",
            maxBytes=settings.log_bytes_max,
            backupCount=settings.log_files_max,
            encoding="utf-8",
        )
    except OSError:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(settings.bank_id))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("kafka", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def mask(number: str | None) -> str | None:
    """`XF50ALFA…2017`: an account number as logs may show it."""
    return f"{number[:8]}…{number[-4:]}" if number and len(number) > 12 else number
