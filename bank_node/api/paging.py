"""Pages of a list: an opaque cursor, a limit, the address of the next page. No offsets: lists move while one reads."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.api.respond import as_json

LIMIT_MAX = 200

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Cursor = Annotated[str | None, Query(max_length=200, description="from `next` of the page before")]


def cursor(after: object) -> str:
    return base64.urlsafe_b64encode(str(after).encode()).decode().rstrip("=")


def text_of(cursor_text: str | None) -> str | None:
    """What the cursor stands for. Raises Stop (422)."""
    if not cursor_text:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor_text + "=" * (-len(cursor_text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        raise not_ours() from None
    if not text.isprintable():  # a NUL, which PostgreSQL would not be asked about
        raise not_ours()
    return text


def number_of(cursor_text: str | None) -> int | None:
    """As `text_of`, for lists that are ordered by a number."""
    text = text_of(cursor_text)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise not_ours()
    return int(text)


def page(
    request: Request, items: list[dict[str, Any]], limit: int, last: object, also: Mapping[str, Any] | None = None
) -> Response:
    """The answer with `items` and `next`; `last` is what the next cursor stands for. A short page is the last one."""
    return page_after(request, items, last if len(items) == limit else None, also)


def page_after(
    request: Request, items: list[dict[str, Any]], last: object | None, also: Mapping[str, Any] | None = None
) -> Response:
    """As `page`, where the list itself knows whether it goes on."""
    document: dict[str, Any] = {"items": items, "next": None, **(also or {})}
    headers: Mapping[str, str] = {}
    if last is not None:
        query = {**request.query_params, "cursor": cursor(last)}
        document["next"] = f"{request.url.path}?{urlencode(query)}"
        headers = {"Link": f'<{document["next"]}>; rel="next"'}
    return as_json(document, headers=headers)


def not_ours() -> Stop:
    words = "The cursor is not one of this list; start again without it."
    return Stop(Problem("invalid", words, [FieldError("cursor", "is not one of this list")]))
