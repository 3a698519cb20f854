"""The page of the API in a real browser: signed in, a transfer sent from it, and nothing taken from afar."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.support.two_counters import PASSWORD, Counters


def test_a_transfer_is_sent_from_the_docs_page_as_its_example_stands(
    town: Counters, visit: Callable[..., Page]
) -> None:
    page = visit("")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/docs")
    page.wait_for_selector(".opblock")
    page.click("button.authorize")
    page.fill("#oauth_username", "okafor")
    page.fill("#oauth_password", PASSWORD)
    page.click(".auth-btn-wrapper button.authorize")
    page.click(".auth-btn-wrapper button.btn-done")
    send = page.locator("#operations-transfers-send")
    send.locator(".opblock-summary-control").click()
    send.locator("input[placeholder='Idempotency-Key']").fill("from-the-docs-page")
    send.locator("button.execute").click()
    answer = send.locator(".live-responses-table .response .response-col_status")
    answer.wait_for()
    assert answer.inner_text().split()[0] in ("201", "202")
    assert [url for url in asked if not url.startswith((town.alfa.url, "data:", "blob:"))] == []
