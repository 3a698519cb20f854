"""What every fault can do. One object is one fault that is laid once: injected, healed, asked whether it bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Bite:
    """Whether it is proven that a fault did something, and how in words: `3 acknowledgements were dropped`."""

    bit: bool
    proof: str


class Fault(Protocol):
    """Made of a `Site` and its own parameters, which it refuses in words (Failure) where they make no sense."""

    name: ClassVar[str]  # as `bankfed chaos start` has it: broker-kill, latency, …

    def inject(self) -> None:
        """Raises Failure in words where it cannot; then nothing is broken."""
        ...

    def heal(self) -> None:
        """As it was before. Also after an `inject` that did not come to its end, and twice."""
        ...

    def bite(self) -> Bite:
        """Asked while it works, and after it was healed."""
        ...
