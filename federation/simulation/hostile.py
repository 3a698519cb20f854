"""Words of the mischief that are about who speaks: a member that lies, somebody without a key, keys that change, an old
backup that is restored, a second process beside the first.
"""

from __future__ import annotations

from functools import partial

from federation.simulation.faults import fault
from federation.simulation.forgery import FORGERIES
from federation.simulation.lies import LIES
from federation.simulation.plan import Step
from federation.simulation.world import World

LOOK_AGAIN_US = 3_000_000


@fault
def lie(world: World, step: Step) -> None:
    """The liar speaks, in its own name."""
    LIES[step["what"]](world.liar, step.bank, f"{step.id}-1")


@fault
def forge(world: World, step: Step) -> None:
    """Somebody writes to the topic what he has no key for.

    Where no mac is required, a bank that has told no key yet has nothing to be known by: then nobody forges.
    """
    house, others = world.houses[step.bank], [name for name in world.houses if name != step.bank]
    as_bank = others[step["as"] % len(others)]
    known = all(life.bank.keyring is not None and life.bank.keyring.knows(as_bank) for life in house.lives)
    if world.liar.sealed or (known and house.lives):
        FORGERIES[step["what"]](world.liar, step.bank, as_bank, step.id)


@fault
def new_key(world: World, step: Step) -> None:
    """The bank finds a new exchange key among its secrets; it tells of it, uses it, lets the old one go."""
    world.houses[step.bank].key_versions += 1


@fault
def second_process(world: World, step: Step) -> None:
    """Another process of the same bank works beside the first, for a while."""
    house = world.houses[step.bank]
    before = len(house.lives)
    house.begin_life()
    for life in house.lives[max(1, before) :]:
        world.timeline.after(step["for_ms"] * 1_000, partial(life.end, "stopped"))


@fault
def restore(world: World, step: Step) -> None:
    """An old backup: the bank goes on from what it was at this step, once it has told others of more than that."""
    backup = world.restoring.backup(world.houses[step.bank])
    world.timeline.after(step["after_ms"] * 1_000, partial(_put_back, world, step.bank, backup))


def _put_back(world: World, bank: str, backup: tuple[bytes, int]) -> None:
    """Nothing is to be noticed where nothing was told since; then it waits."""
    house, restoring = world.houses[bank], world.restoring
    if world.healed or restoring.restored is not None:
        return
    if restoring.told_head(house) > backup[1]:
        restoring.put_back(house, backup[0])
        world.counter.forget(bank)
    else:
        world.timeline.after(LOOK_AGAIN_US, partial(_put_back, world, bank, backup))
