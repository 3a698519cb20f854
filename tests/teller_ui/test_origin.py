"""Unsafe methods only from this bank's own pages: another port is another bank."""

from __future__ import annotations

import pytest

from teller_ui.origin import is_from_here


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8001", "host": "127.0.0.1:8001"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "http://192.0.2.7:8001", "host": "192.0.2.7:8001"}, True),
        ({"origin": "http://192.0.2.7:8002", "host": "192.0.2.7:8001"}, False),
        ({"origin": "null", "host": "127.0.0.1:8001"}, False),
        ({"host": "127.0.0.1:8001"}, False),
        ({}, False),
    ],
)
def test_a_post_is_let_in_by_where_it_came_from(headers: dict[str, str], allowed: bool) -> None:
    assert is_from_here("POST", headers) is allowed


def test_reading_is_open_to_links_from_anywhere() -> None:
    assert is_from_here("GET", {"sec-fetch-site": "cross-site"})
