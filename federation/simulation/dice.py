"""Chance without a stream: what a roll gives depends on the seed and on what is rolled for, not on earlier rolls.

So a step taken out of a plan leaves every other roll as it was; that is what makes shrinking work.
"""

from __future__ import annotations

from zlib import crc32

_ODD, _MASK = 0x9E3779B97F4A7C15, 0xFFFFFFFFFFFFFFFF


class Dice:
    def __init__(self, seed: int) -> None:
        self._seed = seed

    def roll(self, sides: int, *about: object) -> int:
        """0 to sides − 1, always the same for the same things."""
        return _mixed(crc32(repr((self._seed, *about)).encode())) % sides

    def share(self, percent: int, *about: object) -> bool:
        """True for that many of a hundred."""
        return self.roll(100, *about) < percent

    def die(self, *about: object) -> Die:
        """What is rolled about the same things at one moment after another."""
        return Die(crc32(repr((self._seed, *about))[:-1].encode()))


class Die:
    """Rolls what `Dice.roll` does with a moment as the last thing, and has read all before it once."""

    __slots__ = ("_about",)

    def __init__(self, about: int) -> None:
        self._about = about

    def roll(self, sides: int, moment_us: int) -> int:
        return _mixed(crc32(b", %d)" % moment_us, self._about)) % sides


def _mixed(number: int) -> int:
    mixed = (number + 1) * _ODD & _MASK
    mixed = (mixed ^ mixed >> 29) * _ODD & _MASK
    return mixed >> 32
