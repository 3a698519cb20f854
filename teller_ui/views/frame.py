"""What stands around every page: the bank's face, the person, the network, the rail with its one badge."""

from __future__ import annotations

from dataclasses import dataclass, field

from bank_node.ledger.account import group, make_number
from teller_ui.rosette import letter_of
from teller_ui.screens import GROUPS, SCREENS, Screen
from teller_ui.views.banner import BannerLine, LinkView, Troubles, lines_of


@dataclass(frozen=True, slots=True)
class RailGroup:
    name: str
    screens: tuple[Screen, ...]


@dataclass(frozen=True, slots=True)
class FrameView:
    bank_id: str
    bank_name: str
    person: str = ""
    role: str = ""
    code: str = ""
    here: str = "/"
    date: str = ""
    zone: str = ""
    theme: str = ""
    notice: str = ""
    search: str = ""
    assets: str = "auto"
    stream_path: str = "/stream"
    home: str = "/customers"
    may_search: bool = True
    attention: str = ""  # how much waits for a person, on the rail's one badge
    approvals: str = ""  # how much waits for a second person
    drawer: str = ""  # of this person; empty for who has none to have
    drawer_cash: str = ""
    link: LinkView = field(default_factory=LinkView)
    troubles: Troubles = field(default_factory=Troubles)
    screens: tuple[Screen, ...] = SCREENS

    @property
    def letter(self) -> str:
        return letter_of(self.bank_id)

    @property
    def bic(self) -> str:
        return f"{self.bank_id}XFXX"

    @property
    def here_plain(self) -> str:
        """Where this page is, without the notice of what was done last."""
        path, _, query = self.here.partition("?")
        kept = [part for part in query.split("&") if part and not part.startswith("notice=")]
        return path + (f"?{'&'.join(kept)}" if kept else "")

    @property
    def banner(self) -> tuple[BannerLine, ...]:
        return lines_of(self.link, self.troubles)

    @property
    def other_theme(self) -> str:
        return "light" if self.theme == "dark" else "dark"

    @property
    def rail(self) -> tuple[RailGroup, ...]:
        shown = [screen for screen in self.screens if screen.in_rail]
        groups = (RailGroup(name, tuple(s for s in shown if s.group == name)) for name in GROUPS)
        return tuple(group for group in groups if group.screens)

    @property
    def number_like(self) -> str:
        """An account number of this bank, for the hint in an empty field."""
        return group(make_number(self.bank_id, 2017))


@dataclass(frozen=True, slots=True)
class Act:
    """A button that leads somewhere."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A page that only says something: what happened, why, what to do."""

    title: str
    words: str
    path: str = ""
    action: str = ""
