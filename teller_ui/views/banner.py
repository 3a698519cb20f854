"""The lines above every page: what is wrong with this bank's place in the federation, what it means, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.transfers.states import Tone
from teller_ui.views.text import plural


@dataclass(frozen=True, slots=True)
class BannerLine:
    """`strong` says what happened, `words` what it means; a figure that falls by itself; where to look."""

    tone: Tone
    strong: str
    words: str
    figure: str = ""
    path: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class LinkView:
    """The way to the broker. `queued` counts the messages that wait here."""

    up: bool = True
    since: str = ""
    queued: int = 0

    @property
    def catching_up(self) -> bool:
        """Back again, and still a backlog to send: more than what is on its way out at any moment."""
        return self.up and self.queued > 3


@dataclass(frozen=True, slots=True)
class Troubles:
    """What every page must say as long as it is so; moments as the page prints them."""

    suspect: str = ""  # why this bank's own books are not to be believed
    suspect_since: str = ""
    conflicts: int = 0  # nobody has seen
    forgot: str = ""  # what the broker was seen to have forgotten
    forgot_at: str = ""
    may_see_desk: bool = False


def lines_of(link: LinkView, troubles: Troubles) -> tuple[BannerLine, ...]:
    """The worst first."""
    lines = []
    if troubles.suspect:
        lines.append(_suspect(troubles))
    if troubles.conflicts:
        lines.append(_conflicts(troubles))
    if not link.up and not link.since:  # for customers, who need no figures
        words = "Payments are safe with your bank and leave by themselves when it is back."
        lines.append(BannerLine("wait", "Other banks cannot be reached at the moment.", words))
    elif not link.up:
        strong = f"The network has been down since {link.since}."
        words = "Payments are booked and safely queued; they leave by themselves when it is back. Counter work goes on."
        lines.append(BannerLine("wait", strong, words, f"{link.queued} queued", **_why_queued(troubles)))
    elif link.catching_up:
        words = "The queued payments are leaving by themselves."
        lines.append(
            BannerLine("info", "The network is back.", words, f"{link.queued} queued", **_why_queued(troubles))
        )
    if troubles.forgot:
        lines.append(_forgot(troubles))
    return tuple(lines)


def _suspect(troubles: Troubles) -> BannerLine:
    since = f" since {troubles.suspect_since}" if troubles.suspect_since else ""
    words = (
        f"Its books lack what it has told others, as if an older backup had been restored: {troubles.suspect}. "
        "Until they are repaired it sends nothing to other banks and takes nothing from them; work inside goes on."
    )
    return BannerLine("bad", f"This bank is suspect{since}.", words)


def _conflicts(troubles: Troubles) -> BannerLine:
    many = troubles.conflicts > 1
    strong = f"{plural(troubles.conflicts, 'payment')} {'have' if many else 'has'} a conflict."
    words = "Another bank contradicts its own final answer. The first answer stands and no money moved."
    return BannerLine("bad", strong, words, **_to_desk(troubles, "conflict", "Compare and mark seen"))


def _forgot(troubles: Troubles) -> BannerLine:
    strong = f"The broker forgot something, noticed at {troubles.forgot_at}."
    words = f"{troubles.forgot[:1].upper()}{troubles.forgot[1:].rstrip('.')}. Its log was read from the start, and "
    words += "what is open is said again by itself: nothing is lost, nothing is booked twice."
    return BannerLine("wait", strong, words, **_to_desk(troubles, "incident", "Mark it seen"))


def _why_queued(troubles: Troubles) -> dict[str, str]:
    return {"path": "/why/queue", "action": "Why?"} if troubles.may_see_desk else {}


def _to_desk(troubles: Troubles, kind: str, action: str) -> dict[str, str]:
    return {"path": f"/attention/{kind}", "action": action} if troubles.may_see_desk else {}
