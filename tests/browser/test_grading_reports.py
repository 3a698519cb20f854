"""What `bankfed grade` hands out, opened as a file: axe, both themes, 320 px, no script, nothing fetched."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from federation.grading.reports.classbook import pupil, ungraded, write_class
from federation.grading.reports.filing import write_reports
from tests.browser.conftest import Complaints
from tests.federation.grading.checkers.broken_days import DAYS
from tests.support.graded_run import Story, a_good_day
from tests.support.outcomes import an_outcome, credited_twice, outcome_of, run_of, with_logs

EVIL = "</title><script>document.title = 'hit'</script><img src=x onerror=\"document.title = 'hit'\">"


def broken(checker: str) -> Story:
    story = a_good_day()
    DAYS[checker][0](story)
    return story


def look(page: Page, *themes: str) -> None:
    for theme in themes:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        said = [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
        assert said == [], (page.url, theme)
    for width in (320, 640, 761, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, (page.url, width)


def opened(context: BrowserContext, file: Path, complaints: Complaints) -> Page:
    page = context.new_page()
    complaints.listen(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]  # nothing else is ever fetched
    return page


def test_a_report_is_for_everybody_and_fetches_nothing(
    chromium: Browser, tmp_path: Path, complaints: Complaints
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)  # axe comes from the test
    failing = outcome_of(
        tuple(
            with_logs(run_of(scenario, story), tmp_path, f"12:00 {EVIL} t17\n" * 30)
            for scenario, story in (("W4", credited_twice()), ("A1", broken("Q04")))
        ),
        submission=EVIL,
        given=EVIL,
    )
    page = opened(context, write_reports(failing, tmp_path / "failing"), complaints)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the score sheet"
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert page.locator("article").count() == 2
    assert page.locator("article svg").count() == 2
    assert page.title().startswith("0 of 100: </title><script>")
    look(page, "light", "dark")
    look(opened(context, write_reports(an_outcome(), tmp_path / "perfect"), complaints), "light")
    context.close()


def test_a_class_is_sorted_by_its_buttons(chromium: Browser, tmp_path: Path, complaints: Complaints) -> None:
    rows = (
        pupil("anna", an_outcome()),
        pupil("bob", an_outcome({"W4": credited_twice()})),
        ungraded(EVIL, f"there is no bank.toml: {EVIL}"),
    )
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = opened(context, write_class(rows, tmp_path), complaints)
    first = page.locator("tbody tr td:first-child")
    assert first.all_inner_texts()[1] == "anna\nMy bank"
    page.get_by_role("button", name="Score").click()
    assert page.locator("tbody td b").all_inner_texts() == ["–", "59", "100"]
    page.get_by_role("button", name="Score").click()
    assert page.locator("tbody td b").all_inner_texts() == ["100", "59", "–"]
    assert page.locator("th[aria-sort=descending]").inner_text() == "Score"
    look(page, "dark")
    assert "hit" not in page.title()
    context.close()
