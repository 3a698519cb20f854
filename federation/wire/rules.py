"""What happens to frames and lines, as data: which ones (`Frames`), what becomes of them (an act), when. A rule can be
written into a plan; laid on a proxy it becomes `Laid`, which counts whether it bit.

A wire has no holes: what is dropped or held takes everything behind it in its direction with it. So a line that lost a
frame is never mended; it is cut when the rule ends.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from federation.wire.frames import Side


@dataclass(frozen=True, slots=True)
class Frames:
    """Which frames: from the `first` that fits, counted from when the rule was laid, `count` of them (None: all).

    `topic`: only Produce and answers to Fetch, with records of that topic. `chance`: each that fits is taken or not,
    by the seed.
    """

    side: Side
    api: int | None = None
    first: int = 1
    count: int | None = 1
    topic: str = ""
    chance: float = 1.0

    def __post_init__(self) -> None:
        if self.api is not None:  # a rule that comes back from a file draws the same from the seed
            object.__setattr__(self, "api", int(self.api))


@dataclass(frozen=True, slots=True)
class Delay:
    """So much later, up to `jitter_s` earlier or later by the seed. Those behind keep their order."""

    seconds: float
    jitter_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Drop:
    """Vanishes, and what follows on this line in this direction too; the line stays open."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Waits until the rule is ended; then it comes, late."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Vanishes, and the line is cut at once, towards both."""


@dataclass(frozen=True, slots=True)
class Half:
    """The first half passes, then the line is cut."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Passes in slices, so many bytes a second: each line and each of its two ways for itself."""

    bytes_per_s: float
    slice_bytes: int = 1024


@dataclass(frozen=True, slots=True)
class SlowClose:
    """Where one end has closed a line, the other hears of it so much later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody listens at the bank's doors, and its lines are cut: the broker is away, and lives."""


@dataclass(frozen=True, slots=True)
class Flap:
    """Closed for `off_s`, open for `on_s`, and so on; it begins closed."""

    off_s: float = 1.0
    on_s: float = 1.0


OfFrames = Delay | Drop | Hold | Reset | Half | Pace
OfLines = SlowClose | Closed | Flap
Act = OfFrames | OfLines


@dataclass(frozen=True, slots=True)
class Rule:
    """`bank` "": every bank. `after_s` and `for_s` are counted from when it is laid; None: until it is ended."""

    act: Act
    frames: Frames | None = None
    bank: str = ""
    after_s: float = 0.0
    for_s: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.act, OfFrames) != (self.frames is not None):
            raise ValueError(f"{self.act} {'needs to know which frames' if self.frames is None else 'has no frames'}")

    def concerns(self, bank: str) -> bool:
        return self.bank in ("", bank)


def vanishing(side: Side, bank: str = "") -> Rule:
    """One way only: all requests, or all answers, vanish."""
    return Rule(Drop(), Frames(side, count=None), bank)


def share(seed: int | str, *what: object) -> float:
    """From 0 to below 1: always the same for the same seed and thing, whatever else happens meanwhile."""
    digest = hashlib.blake2b(repr((seed, *what)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2.0**56


@dataclass(eq=False, slots=True)
class Laid:
    """A rule at work. `bites` are the frames, closings and cuts it did something to; the moments are in µs."""

    rule: Rule
    seed: int | str
    now_us: Callable[[], int]
    bites: int = 0
    first_us: int | None = None
    last_us: int | None = None
    asleep: bool = False  # its time has not come
    fitting: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def bit(self) -> None:
        self.bites += 1
        self.last_us = self.now_us()
        if self.first_us is None:
            self.first_us = self.last_us

    @property
    def at_work(self) -> bool:
        return not self.asleep and not self.over.is_set()

    def takes(self, bank: str, side: Side, api: int, topics: Callable[[], set[str]]) -> bool:
        """Whether this frame is one of its. Asked once for each frame that passes, for it counts them."""
        wanted = self.rule.frames
        if wanted is None or not self.at_work or not self.rule.concerns(bank) or side is not wanted.side:
            return False
        if wanted.api not in (None, api) or (wanted.topic and wanted.topic not in topics()):
            return False
        self.fitting += 1
        past = self.fitting - wanted.first
        if past < 0 or (wanted.count is not None and past >= wanted.count):
            return False
        return wanted.chance >= 1 or share(self.seed, self.rule, "taken", self.fitting) < wanted.chance

    def delay_s(self) -> float:
        """Of the frame that was taken last."""
        act = self.rule.act
        if not isinstance(act, Delay):
            return 0.0
        swing = (2 * share(self.seed, self.rule, "late", self.fitting) - 1) * act.jitter_s if act.jitter_s else 0.0
        return max(0.0, act.seconds + swing)

    async def rest(self, seconds: float) -> None:
        """So long, or until the rule is ended."""
        if seconds > 0 and not self.over.is_set():
            try:
                await asyncio.wait_for(self.over.wait(), seconds)
            except TimeoutError:
                return
