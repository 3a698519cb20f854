"""What stands around every page: the bank's face, the person, the network, the rail with its one badge."""

from __future__ import annotations

from dataclasses import dataclass, field

from bank_node.ledger.account import group, make_number
from teller_ui.rosette import letter_of
from teller_ui.screens import GROUPS, SCREENS, Screen


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
    attention: int = 0
    link: LinkView = field(default_factory=LinkView)
    screens: tuple[Screen, ...] = SCREENS

    @property
    def letter(self) -> str:
        return letter_of(self.bank_id)

    @property
    def bic(self) -> str:
        return f"{self.bank_id}XFXX"

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
