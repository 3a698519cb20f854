"""Every page of the route table, on a bank where all that people write is a script: T29, S17 and a silent console.

One browser, one federation, one walk; where it goes stands in `walk`.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import teller_ui
from teller_ui.routes import PAGES
from tests.browser.conftest import Complaints
from tests.browser.walk import CUSTOMER, FILES, FRAGMENTS, Step, walk
from tests.support.scrawled_bank import EVIL, FORMULAS, LIMIT, USERNAME, World, scrawl
from tests.support.two_counters import PASSWORD, Counters, open_counters

EVIL_PATH = quote(EVIL, safe="")
QUICK = os.environ.get("QUICK")
WHOLE = bool(os.environ.get("WHOLE"))  # each page with every rule at every size, colours in both themes: minutes more
THEMES = ("light", "dark")
SIZES = ((1320, 760), (660, 380), (320, 568))  # a screen, the same at 200 % zoom, the narrowest
FRAME = ["header.bank", "nav.rail"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("town")
    settings = {"stuck_after_ms": 1_000, "approval_limit_minor": LIMIT}
    with open_counters(folder, drawers=False, **settings) as town:
        yield scrawl(town)


class Walker:
    """A browser for each person; one page, so that the console is heard of all of them."""

    def __init__(self, chromium: Browser, town: Counters, complaints: Complaints) -> None:
        self._chromium, self._url, self._complaints = chromium, town.alfa.url, complaints
        self._pages: dict[str, Page] = {}
        self._framed: set[str] = set()
        self._seen: set[str] = set()

    def page_of(self, username: str) -> Page:
        if username not in self._pages:
            context = self._chromium.new_context(base_url=self._url, reduced_motion="reduce")
            context.add_init_script(Axe().axe_script)  # no bypass: the page's own rules hold
            if username:
                here = {"Sec-Fetch-Site": "same-origin"}
                form = {"username": username, "password": PASSWORD}
                assert context.request.post("/sign-in", form=form, headers=here, max_redirects=0).status == 303, (
                    username
                )
            self._pages[username] = context.new_page()
            self._complaints.listen(self._pages[username])
        return self._pages[username]

    def go(self, step: Step) -> tuple[Page, int]:
        """Where the step leads, and the status of the answer."""
        page = self.page_of(step.username)
        if step.form is None:
            answer = page.goto(step.path, wait_until="load")
        else:
            if page.url == "about:blank":
                page.goto("/sign-in")
            with page.expect_navigation() as posted:
                page.evaluate(POST, [step.path, step.form])
            answer = posted.value
        assert answer is not None
        return page, answer.status

    def is_first(self, step: Step) -> bool:
        """Whether this person's header and rail were not looked at yet."""
        first = step.username not in self._framed
        self._framed.add(step.username)
        return first

    def has_seen(self, step: Step, page: Page) -> bool:
        """Whether this person stood there before, come by another address."""
        place = f"{step.username} {re.sub(r'[?&](form|notice)=[^&#]*', '', page.url)}"
        seen = place in self._seen and step.form is None
        self._seen.add(place)
        return seen

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


POST = """([path, fields]) => {
  const form = Object.assign(document.createElement("form"), {method: "post", action: path});
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
  }
  document.documentElement.append(form);
  form.submit();
}"""

AXE = """async ([what, without]) => {
  const rules = {"target-size": {enabled: true}, "color-contrast": {enabled: what !== "shapes"}};
  const asked = what === "colours" ? {runOnly: ["color-contrast", "link-in-text-block"]} : {rules};
  const found = await axe.run({exclude: without}, {...asked, resultTypes: ["violations"], preload: false});
  return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary}`));
}"""

# Markup of ours only, and nothing that a script could run from.
CLEAN = """() => [...document.querySelectorAll("pwned, script:not([src]), iframe, object, embed")]
  .map(it => it.outerHTML)
  .concat([...document.querySelectorAll("*")].flatMap(it => [...it.attributes])
    .filter(it => it.name.startsWith("on") || /^\\s*javascript:/i.test(it.value)).map(it => it.name + "=" + it.value))
  .concat(window.pwned ? ["it ran"] : [])"""

TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("main *, header *, nav *")]
    .filter(it => it.getBoundingClientRect().right > innerWidth + 1)
    .map(it => it.outerHTML.slice(0, 120)).slice(0, 4)"""

# Chips say their word and show their icon; what Tab comes to next is never above, nor to the left.
IN_ORDER = """() => {
  const bare = [...document.querySelectorAll(".chip")].filter(it => !it.innerText.trim() || !it.querySelector("use"));
  const stops = [...document.querySelectorAll("main :is(a[href], button, input, select, summary)")]
    .filter(it => !it.disabled && it.tabIndex >= 0 && it.checkVisibility());
  const boxes = stops.map(it => (it.closest("label") || it).getBoundingClientRect());
  const astray = stops.filter((it, n) => n && (
    (boxes[n].bottom <= boxes[n - 1].top + 2 && boxes[n].left < boxes[n - 1].right - 2) ||
    (boxes[n].right <= boxes[n - 1].left + 2 && boxes[n].top < boxes[n - 1].bottom - 2)));
  return [...bare.map(it => "a chip without word or icon: " + it.outerHTML),
          ...astray.map(it => "Tab comes to it too late: " + it.outerHTML.slice(0, 120))];
}"""


@pytest.fixture
def walker(chromium: Browser, world: World, complaints: Complaints) -> Iterator[Walker]:
    walker = Walker(chromium, world.town, complaints)
    yield walker
    walker.close()


def test_the_walk_knows_every_page_of_the_route_table(world: World) -> None:
    walked = {step.template for step in walk(world)} | FILES
    assert sorted({page.path for page in PAGES if page.method == "GET"} - walked) == []


def test_t29_axe_finds_nothing_on_any_page_and_no_script_runs(world: World, walker: Walker) -> None:
    wrong: list[str] = []
    for step in walk(world):
        page, status = walker.go(step)
        if status != step.status:
            wrong.append(f"{step.path} {step.form}: {status}")
        seen = step.template in FRAGMENTS or walker.has_seen(step, page)  # it leads to a page looked at before
        found = page.evaluate(CLEAN) if seen else look(page, whole=walker.is_first(step) or WHOLE)
        wrong += [f"{step.path}: {it}" for it in found]
    assert wrong == []


def look(page: Page, *, whole: bool = True) -> Iterator[str]:
    """What is wrong with it, in both themes and at every size. A theme changes nothing but colours, and the colours of
    the narrowest size are those of the others; what only wide ones have (header, rail, heads of tables) is the same on
    all pages, and looked at where the page is looked at whole."""
    yield from page.evaluate(CLEAN)
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for asked in (TOO_WIDE, IN_ORDER):
            yield from (f"{width} px: {it}" for it in page.evaluate(asked))
        if QUICK:
            continue
        narrowest = width == SIZES[-1][0]
        page.emulate_media(color_scheme="light")
        what = "everything" if whole or narrowest else "shapes"
        yield from (f"{width} px: {it}" for it in page.evaluate(AXE, [what, [] if whole or narrowest else FRAME]))
        if whole or narrowest:
            page.emulate_media(color_scheme="dark")
            colours = page.evaluate(AXE, ["colours", [] if whole else FRAME])
            yield from (f"{width} px, dark: {it}" for it in colours)


def test_t29_what_axe_does_not_see(walker: Walker, world: World) -> None:
    """Edges and focus stand out 3:1, nothing in focus is hidden under the bar, the keyboard skips to the work."""
    page, _ = walker.go(Step("", "/payment"))
    for theme in THEMES:
        page.set_viewport_size({"width": 1320, "height": 760})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert all(ratio >= 3 for ratio in page.evaluate(EDGES).values()), (theme, page.evaluate(EDGES))
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.set_viewport_size({"width": 320, "height": 480})
    for _ in range(9):
        page.keyboard.press("Tab")
        assert page.evaluate(HIDDEN_UNDER) is False
    page.goto("/password")
    page.evaluate("""() => {
      const sent = new ClipboardEvent("paste", {bubbles: true, cancelable: true});
      window.refused = !document.querySelector("#password").dispatchEvent(sent);
    }""")
    assert page.evaluate("window.refused") is False
    assert page.get_attribute("#password", "autocomplete") == "new-password"


# How far the colours of edges and of the focus stand out from what is around them.
EDGES = """() => {
  const paper = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
  const ink = paper.getContext("2d", {willReadFrequently: true});
  const light = (colour) => {
    ink.fillStyle = colour;
    ink.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...ink.getImageData(0, 0, 1, 1).data].map(it => it / 255)
      .map(it => it <= .04045 ? it / 12.92 : ((it + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const apart = (one, other) => {
    const [a, b] = [light(one), light(other)];
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  };
  const of = (at) => getComputedStyle(document.querySelector(at));
  const sheet = of("form.sheet").backgroundColor, field = of("#amount"), button = of(".form-acts a.btn");
  const focus = of("form.sheet .btn.go").backgroundColor;
  return {field: apart(field.borderTopColor, sheet), inside: apart(field.borderTopColor, field.backgroundColor),
          button: apart(button.borderTopColor, sheet), focus: apart(focus, sheet)};
}"""

HIDDEN_UNDER = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect();
  if (it.closest("nav.rail")) return false;
  const top = document.elementFromPoint(box.left + box.width / 2, Math.min(box.top + box.height / 2, innerHeight - 1));
  return box.bottom > innerHeight || !(top === it || it.contains(top) || top?.contains(it));
}"""


def test_s17_whatever_is_posted_comes_back_as_text(world: World, walker: Walker) -> None:
    """Every address that takes a form, with a script in every field."""
    names = set()
    for template in sorted((Path(teller_ui.__file__).parent / "templates").rglob("*.html")):
        names |= set(re.findall(r'name="(\w+)"', template.read_text(encoding="utf-8")))
        names |= set(re.findall(r'field\([\w.]+, "(\w+)"', template.read_text(encoding="utf-8")))
    form = dict.fromkeys(sorted(names), EVIL)
    paths = {step.template: step.path.partition("?")[0] for step in walk(world) if step.template not in ("", "/")}
    here = {"Sec-Fetch-Site": "same-origin"}
    for post in (page for page in PAGES if page.method == "POST" and page.path != "/sign-out"):
        known = max((it for it in paths if post.path.startswith(it)), key=len, default="")
        rest = re.sub(r"{\w+(:int)?}", lambda found: "1" if found[1] else EVIL_PATH, post.path.removeprefix(known))
        path = paths.get(known, "") + rest
        for username in (USERNAME, "eve", CUSTOMER):
            answer = walker.page_of(username).request.post(path, form=form, headers=here, max_redirects=0)
            assert answer.status < 500, (post.path, answer.status)
            assert "<pwned" not in answer.text(), (post.path, username)
            assert "pwned=1</script>" not in answer.text(), (post.path, username)


def test_s17_exports_hold_the_script_as_text(world: World, walker: Walker) -> None:
    request = walker.page_of(USERNAME).request
    for path in (f"/accounts/{world.account}/statement", f"/my/accounts/{world.account}/statement"):
        request = walker.page_of(CUSTOMER if path.startswith("/my") else USERNAME).request
        csv_ = request.get(f"{path}.csv")
        assert "attachment" in csv_.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(csv_.body().decode("utf-8-sig"))))
        told = {row[column] for row in rows for column in ("what", "name", "reference")}
        assert {EVIL, f"'={EVIL}", f"'@{EVIL}", *(f"'{formula}{EVIL}" for formula in FORMULAS)} <= told
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in told)
        xml = ElementTree.fromstring(request.get(f"{path}.xml").body())
        assert EVIL in {it.text for it in xml.iter()}
    paper = request.get(world.pdf)
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")
    assert b"/JavaScript" not in paper.body()
    answer = walker.page_of(USERNAME).request.get(f"/customers/find?q={quote(USERNAME)}")
    assert answer.headers["x-content-type-options"] == "nosniff"
