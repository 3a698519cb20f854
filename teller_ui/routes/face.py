"""The bank's own files: hue, rosette, favicon, and what all banks share. Open to all, kept by browsers."""

from __future__ import annotations

from starlette.responses import Response

from teller_ui import rosette
from teller_ui.assets import assets
from teller_ui.counter import Page
from teller_ui.visit import NotThere, Visit

_HOUR = {"Cache-Control": "private, max-age=3600"}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


async def bank_css(visit: Visit) -> Response:
    charter = visit.bank.charter
    body = rosette.bank_css(charter.bank_id, tuple(charter.directory))
    return Response(body, headers=_HOUR, media_type="text/css")


async def rosette_svg(visit: Visit) -> Response:
    return Response(rosette.rosette_svg(visit.bank.charter.bank_id), headers=_HOUR, media_type="image/svg+xml")


async def favicon(visit: Visit) -> Response:
    return Response(rosette.favicon_svg(visit.bank.charter.bank_id), headers=_HOUR, media_type="image/svg+xml")


async def static(visit: Visit) -> Response:
    asset = assets().get(visit.request.path_params["name"])
    if asset is None:
        raise NotThere("There is no such file.")
    fresh = visit.request.query_params.get("v") == asset.version
    tag = f'"{asset.version}"'
    headers = {**(_FOR_EVER if fresh else _HOUR), "ETag": tag}
    if visit.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(asset.body, headers=headers, media_type=asset.media_type)


PAGES = (
    Page("GET", "/bank.css", bank_css),
    Page("GET", "/rosette.svg", rosette_svg),
    Page("GET", "/favicon.svg", favicon),
    Page("GET", "/favicon.ico", favicon),
    Page("GET", "/static/{name:path}", static),
)
