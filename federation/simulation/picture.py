"""A history as an SVG: time goes down, each bank is a line, messages go from the sender to where they are read."""

from __future__ import annotations

from html import escape

from federation.simulation.plan import Plan
from federation.simulation.trace import Event, Trace

COLUMN, TOP, RIGHT = 220, 60, 40
STEP_MAX, STEP_MIN = 26, 3  # how far apart two happenings are drawn, in pixels
EVENTS_MAX = 4_000
_STYLE = (
    "text{font:11px sans-serif;fill:#222}.bank{font-weight:bold}.line{stroke:#999}.sent{stroke:#2266aa}"
    ".gone{stroke:#bb2222;stroke-dasharray:4 3}.note{fill:#555}.bad{fill:#bb2222;font-weight:bold}"
    ".down{fill:#eee}"
)


def picture(plan: Plan, trace: Trace) -> str:
    """A drawing of the first thousands of happenings."""
    events = trace.events[:EVENTS_MAX]
    banks = sorted({event.bank for event in events if event.bank})
    x = {bank: 80 + number * COLUMN for number, bank in enumerate(banks)}
    y = _heights(events)
    width, height = 80 + COLUMN * max(1, len(banks)) + RIGHT, (y[-1] if y else TOP) + 40
    drawn = [_bank(bank, x[bank], height) for bank in banks]
    drawn += _messages(events, x, y)
    drawn += [_note(event, x, at) for event, at in zip(events, y, strict=True) if not event.peer]
    title = f"<title>seed {plan.seed}, {plan.banks} banks</title>"
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    body = "\n".join(drawn)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{title}<style>{_STYLE}</style>\n{body}\n</svg>\n'


def _heights(events: list[Event]) -> list[int]:
    """Down the page by time, but never so far apart that nothing is left to see, nor on top of one another."""
    heights, at, before_us = [], TOP, 0
    for event in events:
        at += min(STEP_MAX, max(STEP_MIN, (event.at_us - before_us) // 2_000))
        before_us = event.at_us
        heights.append(at)
    return heights


def _bank(bank: str, x: int, height: int) -> str:
    line = f'<line class="line" x1="{x}" y1="40" x2="{x}" y2="{height - 10}"/>'
    return f'<text class="bank" x="{x}" y="30" text-anchor="middle">{escape(bank)}</text>{line}'


def _messages(events: list[Event], x: dict[str, int], y: list[int]) -> list[str]:
    """An arrow from each send to the reading of what it said; one that is never read ends in the middle."""
    drawn = []
    reads: dict[tuple[str, str], list[int]] = {}
    for number, event in enumerate(events):
        if event.what == "read":
            reads.setdefault((event.bank, event.words.partition(" (")[0].partition(": ")[2]), []).append(number)
    for number, event in enumerate(events):
        if not event.peer or event.what == "read" or event.peer not in x:
            continue
        said = event.words.partition(": ")[2].partition(" (")[0]
        later = [read for read in reads.get((event.peer, said), ()) if read > number]
        x1, y1, x2 = x[event.bank], y[number], x[event.peer]
        if later and event.what != "lost on the way":
            y2, kind = y[later[0]], "sent"
        else:
            x2, y2, kind = (x1 + x2) // 2, y1 + 6, "gone"
        title = f"<title>{escape(event.words)}</title>"
        drawn.append(f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">{title}</line>')
        side, anchor = (6, "start") if x2 > x1 else (-6, "end")
        drawn.append(f'<text x="{x1 + side}" y="{y1 - 2}" text-anchor="{anchor}">{escape(said)}</text>')
    return drawn


def _note(event: Event, x: dict[str, int], y: int) -> str:
    kind = "bad" if event.what == "LAW BROKEN" else "note"
    words = f"{event.at_us / 1_000_000:.3f} {event.what}: {event.words[:90]}"
    return f'<text class="{kind}" x="{x.get(event.bank, 4) + 4}" y="{y}">{escape(words)}</text>'
