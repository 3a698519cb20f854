"""Which requests may change something: only those that a page of this very bank sent.

All banks of a class share one host, so the browser calls a page of another bank `same-site` and sends our cookie along:
the port tells them apart, and only `same-origin` will do. Browsers leave the header out on plain http to a LAN
address; then Origin must name the host and port that the request was sent to.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_from_here(method: str, headers: Mapping[str, str]) -> bool:
    """`headers` by lower-case name. A request without Sec-Fetch-Site and Origin comes from no browser page: refused."""
    if method in SAFE_METHODS:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin, host = headers.get("origin", ""), headers.get("host", "")
    return bool(host) and urlsplit(origin).netloc.lower() == host.lower()
