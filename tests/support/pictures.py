"""Pictures of the counter: every page of a list in light, dark and at 320 px, and what is printed, into a folder.

`scripts/screenshots FOLDER [PAGE ...]`, or `scripts/screenshots readme` for those that README shows. The day they show
is `pictured_day`. Nobody compares them: they are to be looked at, one by one.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from federation.grading.reports.filing import write_reports
from tests.support import pictured_day as story
from tests.support.checkout import ROOT
from tests.support.outcomes import CREDITED_TWICE, an_outcome, credited_twice
from tests.support.pictured_day import PicturedDay, a_day
from tests.support.two_counters import PASSWORD

FLAGS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--font-render-hinting=none"]
WIDE, SMALL = {"width": 1320, "height": 800}, {"width": 320, "height": 640}
COLOURS = 160  # of a picture: flat surfaces and smooth letters need no more
APART = 24  # squared
MM = 96 / 25.4
PICTURES = ROOT / ".pictures"
REPORT_PICTURE = "grading-report.png"
PAPERS = {"receipt": (105 - 12, 148 - 12), "statement": (210 - 24, 297 - 28)}  # A6 and A4 inside their margins, mm


@dataclass(frozen=True, slots=True)
class Shot:
    """A page as `who` sees it; `then` is done on it first. `network`: before it goes, back again, or gone."""

    name: str
    path: str
    who: str = "okafor"
    then: Callable[[Page], Any] | None = None
    bank: str = "ALFA"
    network: str = "up"


def _fill_payment(page: Page) -> None:
    page.check(f"[name=from_account][value={story.INES}]")
    for field, value in {"to_account": story.TOMAS, "to_name": "Tomas Riva", "amount": "12.50"}.items():
        page.fill(f"#{field}", value)
    page.fill("#reference", "Lunch")


def _review(page: Page) -> None:
    _fill_payment(page)
    page.click("text=Review payment")
    page.wait_for_selector(".review")


def _mistakes(page: Page) -> None:
    page.check(f"[name=from_account][value={story.INES}]")
    page.fill("#to_account", "XF50 BRVO 0000 0020 18")
    page.fill("#amount", "12.505")
    page.click("text=Review payment")
    page.wait_for_selector("[aria-invalid]")


def _search(page: Page) -> None:
    page.fill("#q", "in")
    page.wait_for_selector("#found a")


def _palette(page: Page) -> None:
    page.wait_for_selector("html[data-htmx=ready]")
    page.keyboard.press("Control+k")


def _newest(page: Page) -> None:
    page.locator("main a.row").first.click()
    page.wait_for_load_state()


def _receipt(page: Page) -> None:
    page.click("text=Print receipt")
    page.wait_for_selector("body.paper")


def _count(page: Page) -> None:
    for field, pieces in {"n_EUR_5000": 4, "n_EUR_1000": 9}.items():
        page.fill(f"#{field}", str(pieces))
    page.click("text=Close the drawer")
    page.wait_for_selector(".variance")


SHOTS = (
    Shot("sign-in", "/sign-in", ""),
    Shot("customers", "/customers"),
    Shot("search", "/customers", then=_search),
    Shot("palette", "/customers", then=_palette),
    Shot("customer", "/customers/1"),
    Shot("history", f"/accounts/{story.INES}/history"),
    Shot("cash-in", "/cash/in?customer=1"),
    Shot("payment-form", "/payment?customer=1", then=_fill_payment),
    Shot("payment-mistakes", "/payment?customer=1", then=_mistakes),
    Shot("payment-review", "/payment?customer=1", then=_review),
    Shot("payment-on-its-way", "/payments/sent", then=_newest),
    Shot("payments-sent", "/payments/sent"),
    Shot("payments-received", "/payments/received"),
    Shot("payments-received-at-bravo", "/payments/received", bank="BRVO"),
    Shot("attention", "/attention"),
    Shot("approvals", "/approvals", "vogt"),
    Shot("approval", "/approvals", "vogt", then=_newest),
    Shot("cards", "/cards"),
    Shot("reversal", "/reversals", then=_newest),
    Shot("entry", "/entries/{cash}"),
    Shot("receipt", "/entries/{cash}", then=_receipt),
    Shot("drawer", "/drawer"),
    Shot("drawer-short", "/drawer", "vogt", then=_count),
    Shot("statement", f"/accounts/{story.INES}/statement"),
    Shot("day", "/day", "vogt"),
    Shot("staff", "/staff", "root"),
    Shot("audit", "/audit", "vogt"),
    Shot("sessions", "/sessions", "vogt"),
    Shot("own-accounts", "/my", "ines"),
    Shot("own-payments", "/my/payments", "ines"),
    Shot("own-payment", "/my/payment", "ines"),
    Shot("empty", "/cards", bank="CHRL"),
    Shot("payment-completed", "/payments/{arrived}", network="back"),
    Shot("customer-network-down", "/customers/1", network="down"),
    Shot("payment-queued", "/payments/{queued}", network="down"),
)
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "320": {"viewport": SMALL, "color_scheme": "light"},
}
README = {  # its look, and how much of it, px
    "payment-completed": ("light", 830),
    "customer-network-down": ("dark", 880),
    "payments-received-at-bravo": ("light", 720),
}


class Photographer:
    def __init__(self, browser: Browser, day: PicturedDay, folder: Path) -> None:
        self._browser, self._day, self._folder = browser, day, folder
        self._signed_in: dict[tuple[str, str], Any] = {}  # one session each, as at a real counter
        self.payments = {"cash": day.cash_in}

    def take(self, shot: Shot) -> None:
        for look, options in LOOKS.items():
            with self._open(shot, **options) as page:
                self._keep(page, f"{shot.name}-{look}")

    def take_for_readme(self, shot: Shot) -> None:
        """One look, sharp enough for a good screen, in few bytes."""
        look, height_px = README[shot.name]
        with self._open(shot, **LOOKS[look], device_scale_factor=1.5) as page:
            page.set_viewport_size({"width": WIDE["width"], "height": height_px})
            page.screenshot(path=self._folder / f"{shot.name}.png")
        _shrink(self._folder / f"{shot.name}.png")

    def print(self, shot: Shot, paper: str) -> None:
        """The sheet as the printer gets it, and as a PDF."""
        width, height = (round(mm * MM) for mm in PAPERS[paper])
        with self._open(shot, viewport={"width": width, "height": height}, device_scale_factor=2) as page:
            page.emulate_media(media="print")
            self._keep(page, f"{shot.name}-print")
            page.pdf(path=self._folder / f"{shot.name}.pdf", prefer_css_page_size=True, print_background=True)

    @contextmanager
    def _open(self, shot: Shot, **options: Any) -> Iterator[Page]:
        url = self._day.counters[shot.bank].url
        known = self._signed_in.get((shot.who, shot.bank))
        context = self._browser.new_context(base_url=url, reduced_motion="reduce", storage_state=known, **options)
        page = context.new_page()
        if shot.who and not known:
            page.goto("/sign-in")
            page.fill("#username", shot.who)
            page.fill("#password", PASSWORD)
            page.click("button")
            page.wait_for_url(lambda address: "/sign-in" not in address)
            self._signed_in[shot.who, shot.bank] = context.storage_state()
        page.goto(shot.path.format(**self.payments))
        if shot.then:
            shot.then(page)
        page.wait_for_timeout(300)
        yield page
        context.close()

    def _keep(self, page: Page, name: str) -> None:
        """The whole page as if the window were as high, so that what is fixed to its foot is there."""
        path = self._folder / f"{name}.png"
        width, height = page.evaluate("[innerWidth, Math.max(innerHeight, document.documentElement.scrollHeight)]")
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=path)


def picture_of_a_report(browser: Browser, folder: Path) -> None:
    """Of a graded run: what stands on it of the design's own example, down to the end of its drawing."""
    with tempfile.TemporaryDirectory() as reports:
        report = write_reports(an_outcome({CREDITED_TWICE: credited_twice()}), Path(reports))
        context = browser.new_context(viewport={"width": 1000, "height": 900}, device_scale_factor=1.5)
        page = context.new_page()
        page.goto(report.as_uri())
        box, last = (page.locator(f"article {part}").bounding_box() for part in ("> header", ".story"))
        assert box is not None
        assert last is not None
        height = last["y"] + last["height"] + 16 - box["y"]
        clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": height}
        page.screenshot(path=folder / REPORT_PICTURE, clip=clip, full_page=True)  # type: ignore[arg-type]
        context.close()
    _shrink(folder / REPORT_PICTURE)


def _shrink(path: Path) -> None:
    """A fifth of the bytes: few colours, those that are there most often and none beside its like; no dots."""
    with Image.open(path) as taken:
        picture = taken.convert("RGB")
    found = sorted(picture.getcolors(picture.width * picture.height) or (), reverse=True)
    colours: list[Any] = [colour for _, colour in found]
    kept: list[Any] = []
    for colour in colours:
        if len(kept) < COLOURS and all(_apart(colour, other) >= APART for other in kept):
            kept.append(colour)
    nearest = {colour: min(range(len(kept)), key=lambda n: _apart(kept[n], colour)) for colour in colours}
    small = Image.new("P", picture.size)
    small.putpalette([part for colour in kept for part in colour])
    raw = picture.tobytes()
    small.putdata([nearest[rgb] for rgb in zip(raw[::3], raw[1::3], raw[2::3], strict=True)])
    small.save(path, optimize=True)


def _apart(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def photograph(browser: Browser, folder: Path, wanted: Collection[str] = (), *, for_readme: bool = False) -> None:
    """Of a day of its own; nothing `wanted` is everything."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [shot for shot in SHOTS if not wanted or shot.name in wanted]
    with tempfile.TemporaryDirectory() as banks, a_day(Path(banks)) as day:
        photographer = Photographer(browser, day, folder)
        take = photographer.take_for_readme if for_readme else photographer.take
        for network in ("up", "back", "down"):
            if network == "back":
                photographer.payments["arrived"] = day.the_network_goes_and_comes()
            if network == "down":
                photographer.payments["queued"] = day.the_network_goes()
            for shot in (shot for shot in chosen if shot.network == network):
                if shot.name in PAPERS:  # first: what is printed again says that it is a copy
                    photographer.print(shot, shot.name)
                take(shot)


def main(arguments: list[str]) -> None:
    if not arguments:
        raise SystemExit("scripts/screenshots FOLDER [PAGE ...], or scripts/screenshots readme")
    for_readme = arguments == ["readme"]
    folder, wanted = (PICTURES, set(README)) if for_readme else (Path(arguments[0]), set(arguments[1:]))
    if unknown := wanted - {shot.name for shot in SHOTS}:
        raise SystemExit(f"no page {', '.join(sorted(unknown))}; there are {', '.join(shot.name for shot in SHOTS)}")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        photograph(browser, folder, wanted, for_readme=for_readme)
        if for_readme:
            picture_of_a_report(browser, folder)
        browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
