"""Whether a bank's process answers its readiness page right now: asked past every wire, and never for long."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from federation.faults.site import BankProcess

READY_PATH = "/readyz"


def is_ready(process: BankProcess, path: str = READY_PATH, timeout_s: float = 0.3) -> bool:
    line = http.client.HTTPConnection(urlsplit(process.url).netloc, timeout=timeout_s)
    try:
        line.request("GET", path)
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
