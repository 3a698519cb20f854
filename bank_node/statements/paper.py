"""A statement as PDF. It is made by `press` in a process of its own, so that its libraries cost the bank no memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from threading import BoundedSemaphore

import orjson

from bank_node.ledger.errors import Refusal
from bank_node.statements.statement import Statement

MEDIA_TYPE = "application/pdf"
LINES_MAX = 2_000  # some sixty pages
PRESSES, WAIT_S, TIME_S = 2, 10, 60

_presses = BoundedSemaphore(PRESSES)


class PaperProblem(Exception):
    """No PDF came out; the text says what to do."""


def as_pdf(statement: Statement) -> bytes:
    """Blocks, some seconds. Raises Refusal where it is too long, PaperProblem."""
    if len(statement.lines) > LINES_MAX:
        words = f"{len(statement.lines):,} entries are too many for one PDF, which has at most {LINES_MAX:,}"
        raise Refusal("invalid", f"{words}: ask for fewer days, or take the CSV", "from")
    if not _presses.acquire(timeout=WAIT_S):
        raise PaperProblem("Other statements are being made. Try again in a moment.")
    try:
        command = [sys.executable, "-m", "bank_node.statements.press"]
        made = subprocess.run(command, input=as_json(statement), capture_output=True, timeout=TIME_S, check=False)
    except (subprocess.TimeoutExpired, OSError) as error:
        raise PaperProblem("The PDF could not be made. The page and the CSV say the same.") from error
    finally:
        _presses.release()
    if made.returncode != 0 or not made.stdout.startswith(b"%PDF"):
        raise PaperProblem("The PDF could not be made. The page and the CSV say the same.") from RuntimeError(
            made.stderr.decode("utf-8", "replace")[-2_000:]
        )
    return made.stdout


def as_json(statement: Statement) -> bytes:
    """Half a character, which no UTF-8 holds, becomes a question mark."""
    try:
        return orjson.dumps(asdict(statement))
    except TypeError:
        return json.dumps(asdict(statement), ensure_ascii=False).encode("utf-8", "replace")
