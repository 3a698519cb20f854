"""How the bank is: alive, ready, which version, and its figures. No sign-in: launchers and monitors ask."""

from __future__ import annotations

import os
import time
from functools import cache
from importlib import metadata
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.branch_answers import Alive, Readiness, Version
from bank_node.api.doors import TheBank
from bank_node.api.respond import as_json
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.store.queries import queue_depth
from bank_node.store.standing import suspicion_of

routes = APIRouter(tags=["health"], generate_unique_id_function=lambda route: route.name)


@cache
def version() -> str:
    try:
        return metadata.version("bankfed")
    except metadata.PackageNotFoundError:
        return "0 (not installed)"


@routes.get("/livez", response_model=Alive)
async def livez() -> Response:
    """The process answers."""
    return as_json({"ok": True})


@routes.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness, "description": "not ready"}})
async def readyz(request: Request, bank: TheBank) -> Response:
    """Whether the bank takes work. Without the broker it does: transfers queue, so it is ready but degraded. A suspect
    one takes work at its own counters, and speaks to no other bank."""
    facts = _facts(bank) | {"uptime_s": round(time.monotonic() - request.app.state.began_s, 1)}
    try:
        pending = await run_in_threadpool(_pending, bank)
    except Exception as error:
        words = f"the database does not answer ({type(error).__name__})"
        return as_json({**facts, "ok": False, "status": "not ready", "detail": words}, 503)
    if bank.writer.trouble is not None:
        words = f"the database takes nothing at the moment: {bank.writer.trouble}"
        return as_json({**facts, "ok": False, "status": "not ready", "outbox_pending": pending, "detail": words}, 503)
    facts["unverified"] = _facts(bank)["unverified"]  # another process of this bank may have heard them
    status = "suspect" if bank.standing.suspect else "ready" if bank.link.carries else "degraded"
    return as_json({**facts, "ok": True, "status": status, "suspect": _suspicion(bank), "outbox_pending": pending})


@routes.get("/version", response_model=Version)
async def version_of_bank(bank: TheBank) -> Response:
    """What runs here."""
    return as_json({"bank": bank.charter.bank_id, "version": version()})


@routes.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    return Response(generate_latest(request.app.state.metrics), media_type=CONTENT_TYPE_LATEST)


def _facts(bank: Bank) -> dict[str, Any]:
    link = bank.link
    return {
        "bank": bank.charter.bank_id,
        "name": bank.charter.name,
        "federation_id": bank.charter.federation_id,
        "broker": {"state": "up" if link.up else "down", "since": rfc3339(link.since_us), "note": link.note},
        "suspect": _suspicion(bank),
        "peer_auth": bank.settings.peer_auth,
        "unverified": bank.keyring.unverified(bank.charter.directory) if bank.keyring else [],
        "post_room": f"with {link.standby}" if link.standby else "here",
        "outbox_pending": None,
        "lag": link.lag,
        "database": bank.settings.database_place,
        "pid": os.getpid(),
        "version": version(),
        "now": rfc3339(bank.clock.now_us()),  # so that clocks can be held against each other
    }


def _suspicion(bank: Bank) -> dict[str, Any] | None:
    found = bank.standing.suspicion
    return None if found is None else {"since": rfc3339(found.since_us), "reason": found.reason}


def _pending(bank: Bank) -> int:
    with bank.readers.connection() as connection:
        bank.look_up_peers(connection)
        bank.standing.learn(suspicion_of(connection))  # another process of this bank may have noticed
        return queue_depth(connection).pending
