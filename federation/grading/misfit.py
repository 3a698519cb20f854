"""An answer or a record that is not as the contract says, in words a student can act on."""

from __future__ import annotations


class Misfit(Exception):
    """`what` is wrong; what to `do` about it, if that is clear."""

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(f"{what}; {do}" if do else what)
        self.what, self.do = what, do
