"""Prints the version of bankfed, of Python and of what it stands on."""

from __future__ import annotations

import platform
import sqlite3
from importlib import metadata

from federation.cli.call import Answer, Call, verb


def version() -> str:
    try:
        return metadata.version("bankfed")
    except metadata.PackageNotFoundError:
        return "0 (not installed)"


@verb(("bankfed version", "for people"), ("bankfed version --json", "for a bug report"))
def command(call: Call) -> Answer:
    parts = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "platform": platform.platform()}
    for name in ("fastapi", "sqlalchemy", "kafka-python", "uvicorn"):
        try:
            parts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            parts[name] = "missing"
    words = ", ".join(f"{name} {value}" for name, value in parts.items())
    return Answer({"version": version(), **parts}, f"bankfed {version()}\n{call.paint.dim(words)}")
