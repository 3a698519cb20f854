"""Planted bugs, each in a file of its own, outside of the production modules: `bankfed sim --mutant NAME` must catch them.

Each is put into the pieces of one process of a bank, simulated or real; production code knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from federation.simulation.house import Life

MUTANTS: dict[str, str] = {}  # by number: what is planted


def mend_of(name: str) -> Callable[[Life], None]:
    """What plants this bug into a process before it begins; nothing for no name."""
    if not name:
        return lambda _life: None
    plant: Callable[[Life], None] = import_module(f"federation.simulation.mutants.{name}").plant
    return plant
