"""Every page of `teller_ui` has a route of the API that does the same, for the same people; and says why where not."""

from __future__ import annotations

import re

import pytest

from teller_ui.routes import PAGES
from tests.house.api_twins import ALONE, API, DONE, READ, STRICTER
from tests.support.counter import a_caller


def bare(path: str) -> str:
    """A page's address without the kinds of its places: `/cards/{id:int}` is `/cards/{id}`."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


ACTIONS = {(page.method, bare(page.path)): page.action for page in PAGES}
FORMS = {path for method, path in ACTIONS if method == "POST"}  # the GET of such a page shows its form


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """The API's routes and the action each asks for, from its own description."""
    with a_caller(tmp_path_factory.mktemp("alfa"), synchronous="OFF") as caller:
        paths = caller.http.get("/openapi.json").json()["paths"]
    return {
        f"{method.upper()} {path.removeprefix(API)}": operation.get("x-action")
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def test_every_page_has_its_twin_or_says_why_not() -> None:
    for method, path in ACTIONS:
        table = DONE if method == "POST" else READ
        shows_form = method == "GET" and (path in FORMS or f"{path}/claim" in FORMS or f"{path}/close" in FORMS)
        opens_form = method == "GET" and any(form.startswith(f"{path}/") or form == path for form in FORMS)
        known = path in table or path in ALONE or shows_form or opens_form
        assert known or path.endswith("/answer"), f"{method} {path}: which route of the API does the same?"


def test_no_twin_is_named_of_a_page_that_is_gone() -> None:
    paths = {path for _, path in ACTIONS}
    assert not {*DONE, *READ, *ALONE} - paths
    assert not set(DONE) - FORMS


@pytest.mark.parametrize(("method", "table"), [("POST", DONE), ("GET", READ)])
def test_a_twin_exists_and_is_for_the_same_people(
    routes: dict[str, str | None], method: str, table: dict[str, tuple[str, ...]]
) -> None:
    for page, twins in table.items():
        for twin in twins:
            assert twin in routes, f"{page} names {twin}, which is no route"
            assert routes[twin] == STRICTER.get(twin, ACTIONS[method, page]), (
                f"{page} and {twin} ask for different roles"
            )


def test_every_route_that_does_something_is_on_a_page_or_only_for_programs(routes: dict[str, str | None]) -> None:
    """The other way round, for what changes something."""
    named = {twin for twins in DONE.values() for twin in twins}
    does = {route for route in routes if not route.startswith("GET ")}
    assert does - named == {
        "POST /transfers/batch",  # many at once
        "POST /transfers/{transaction_id}/ask",  # as from the desk, by the payment
        "POST /desk/stuck/{id}/take-back",  # as from the payment's page, by the desk
    }
