"""What goes wrong, word by word: each does its harm to the world, and takes it back when its time is over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bank_node.lab.failpoints import BOOT_RECOVERY, read_armings
from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.simulation.house import House
from federation.simulation.line import Trouble
from federation.simulation.plan import Step
from federation.simulation.ways import MISHAPS
from federation.simulation.world import World

Fault = Callable[[World, Step], None]
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    FAULTS[function.__name__] = function
    return function


def _over(world: World, step: Step, heal: Callable[[], None]) -> None:
    world.timeline.after(step["for_ms"] * 1_000, heal)


def _partition(world: World, step: Step) -> int:
    log = world.bus.logs.get(EXTERNAL_TRANSFERS)
    return partition_for(step.bank.encode(), len(log.partitions)) if log else 0


@fault
def away(world: World, step: Step) -> None:
    """Nobody reaches the broker."""
    world.bus.away = True
    _over(world, step, lambda: setattr(world.bus, "away", False))


@fault
def cut(world: World, step: Step) -> None:
    """One bank does not reach the broker: its sends, its reads or both."""
    way = world.houses[step.bank].way
    for end in ("sends_cut", "reads_cut"):
        if step["what"] in (end, "both"):
            setattr(way, end, True)
            _over(world, step, partial(setattr, way, end, False))


@fault
def mishap(world: World, step: Step) -> None:
    """A share of what a bank sends is lost, unheard, late, doubled or scattered over wrong partitions."""
    assert step["kind"] in MISHAPS
    way = world.houses[step.bank].way
    way.mishaps[step["kind"]] = step["percent"]
    _over(world, step, partial(way.end_mishap, step["kind"]))


@fault
def hold(world: World, step: Step) -> None:
    """A bank's partition is stored, but not delivered for a while."""
    world.bus.hold(EXTERNAL_TRANSFERS, _partition(world, step))
    _over(world, step, lambda: world.bus.release(EXTERNAL_TRANSFERS))


@fault
def cut_tail(world: World, step: Step) -> None:
    """Acknowledged records are gone."""
    world.bus.cut_tail(EXTERNAL_TRANSFERS, _partition(world, step), step["records"])


@fault
def retention(world: World, step: Step) -> None:
    """The oldest records are gone."""
    world.bus.forget_head(EXTERNAL_TRANSFERS, _partition(world, step), step["records"])


@fault
def replay(world: World, step: Step) -> None:
    """What a bank was sent is in its partition once more."""
    world.bus.repeat(EXTERNAL_TRANSFERS, _partition(world, step), step["records"])


@fault
def wipe(world: World, step: Step) -> None:
    """The topic is deleted and made anew, perhaps with other partitions."""
    world.bus.wipe(EXTERNAL_TRANSFERS, step.facts.get("partitions"))


@fault
def new_cluster(world: World, _step: Step) -> None:
    world.bus.new_cluster()


@fault
def rewind(world: World, step: Step) -> None:
    """A bank's reader is set back."""
    house = world.houses[step.bank]
    for reader in house.way.readers:
        if reader.topic == EXTERNAL_TRANSFERS:
            reader.rewind(step["records"])
    for life in house.lives:
        life.consuming.wake()


@fault
def sleep(world: World, step: Step) -> None:
    """A process is stopped (SIGSTOP) and wakes as if nothing had been."""
    for life in world.houses[step.bank].lives[:1]:
        life.asleep_until_us = world.timeline.now_us + step["for_ms"] * 1_000


@fault
def kill(world: World, step: Step) -> None:
    """kill -9 between two things it does, and down for a while."""
    house = world.houses[step.bank]
    house.stay_down(step["for_ms"])
    house.end_lives("kill -9")


@fault
def crash(world: World, step: Step) -> None:
    """kill -9 at a named place, when it is reached for the n-th time from now."""
    house = world.houses[step.bank]
    (arming,) = read_armings(f"{step['point']}={step.facts.get('action', 'kill')}@{step['hit']}")
    if step["point"] == BOOT_RECOVERY:
        house.at_next_start.append(arming)
        house.end_lives("kill -9")
        return
    for life in house.lives[:1]:
        life.failpoints.arm([arming])


@fault
def jump(world: World, step: Step) -> None:
    """A bank's clock is set, forward or back."""
    world.houses[step.bank].clock.off_us += step["by_ms"] * 1_000


@fault
def locked(world: World, step: Step) -> None:
    """Somebody else holds the database's lock."""
    _trouble(world, step, Trouble(locked=True))


@fault
def io_error(world: World, step: Step) -> None:
    """The n-th statement of every unit of work fails."""
    _trouble(world, step, Trouble(error_at=step["statement"]))


def _trouble(world: World, step: Step, trouble: Trouble) -> None:
    house = world.houses[step.bank]
    house.set_trouble(trouble)
    _over(world, step, lambda: house.set_trouble(None))


@fault
def full(world: World, step: Step) -> None:
    """The disk is full: SQLite itself says so."""
    house: House = world.houses[step.bank]
    house.database.set_room(step["pages"])
    _over(world, step, lambda: house.database.set_room(None))
