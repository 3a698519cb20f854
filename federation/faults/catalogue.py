"""All faults by the names that `bankfed chaos` has for them: what each does in a line, what it can be told, and how one
is made from words. A fault of a new file gets a row here; nothing else must know of it.

    fault = make(site, "latency", ["500ms±100", "BRVO"])
    fault.inject()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from federation.failure import ExitCode, Failure
from federation.faults.ack_lost import AckLost
from federation.faults.bad_values import BadValues
from federation.faults.bank_kill import BankKill
from federation.faults.bank_kill_start import BankKillStart
from federation.faults.bank_kills import BankKills
from federation.faults.bank_pause import BankPause
from federation.faults.broker_away import BrokerAway
from federation.faults.broker_kill import BrokerKill
from federation.faults.broker_pause import BrokerPause
from federation.faults.broker_stop import BrokerStop
from federation.faults.changed_content import ChangedContent
from federation.faults.clock_skew import HOUR_MS, ClockSkew
from federation.faults.database_lock import DatabaseLock
from federation.faults.disk_full import DiskFull
from federation.faults.drop import Drop
from federation.faults.dup import Dup
from federation.faults.fault import Fault
from federation.faults.flap import Flap
from federation.faults.forged_answers import ForgedAnswers
from federation.faults.half_open import HalfOpen
from federation.faults.latency import HALF_A_SECOND, Latency
from federation.faults.node_kill import NodeKill
from federation.faults.on_the_wire import ANSWERS, BOTH, REQUESTS
from federation.faults.one_way import OneWay
from federation.faults.parameters import (
    Parameter,
    bank,
    count,
    duration,
    offset,
    one_of,
    rate,
    read_words,
    share,
    swing,
)
from federation.faults.partition import Partition
from federation.faults.poison import Poison
from federation.faults.reorder import LAST, Reorder
from federation.faults.replay import Replay
from federation.faults.request_lost import HalfFrame, RequestLost
from federation.faults.reset import Reset
from federation.faults.ring import Ring
from federation.faults.site import Site
from federation.faults.slow_line import LATE, SlowLine
from federation.faults.swizzle import Swizzle


@dataclass(frozen=True, slots=True)
class Row:
    """`make` takes the site, and the parameters by their names."""

    name: str
    make: Callable[..., Fault]
    summary: str
    parameters: tuple[Parameter, ...] = ()


_A_BANK = Parameter("bank", bank, help="BRVO; without it, every bank")
_ONE_BANK = Parameter("bank", bank, help="BRVO", wanted=True)
_COUNT = Parameter("count", count, 3, "how many, 3")
_SHARE = Parameter("share", share, 0.05, "of what passes, 5%")
_SIDE = Parameter("side", one_of(REQUESTS, ANSWERS, BOTH), BOTH, "requests, answers or both")

ROWS: tuple[Row, ...] = (
    Row(BrokerStop.name, BrokerStop, "the broker is stopped"),
    Row(BrokerKill.name, BrokerKill, "the broker is killed; its data are kept"),
    Row(BrokerPause.name, BrokerPause, "the broker freezes: lines stay open, nobody answers"),
    Row(BrokerAway.name, BrokerAway, "nobody reaches the broker, and it lives"),
    Row(
        NodeKill.name,
        NodeKill,
        "one node of three is killed: the leader changes",
        (
            Parameter("node", count, help="1 to 3; without it, who leads"),
            Parameter("bank", bank, help="whose leader, BRVO"),
        ),
    ),
    Row(Partition.name, Partition, "one bank is cut off", (_ONE_BANK,)),
    Row(
        Ring.name,
        Ring,
        "the cut goes round from bank to bank",
        (Parameter("turn_s", duration, 0.5, "for how long each, 2s"), Parameter("rounds", count, 1, "how often, 3")),
    ),
    Row(
        Swizzle.name,
        Swizzle,
        "banks are cut off one after the other, and come back in another order",
        (Parameter("step_s", duration, 0.3, "between two, 300ms"), Parameter("seed", count, 1, "of the orders, 7")),
    ),
    Row(
        Latency.name,
        Latency,
        "everything comes later",
        (Parameter("delay", swing, HALF_A_SECOND, "500ms±100"), _A_BANK, _SIDE),
    ),
    Row(
        SlowLine.name,
        SlowLine,
        "late, narrow, in slices, and slow to close",
        (
            Parameter("delay", swing, LATE, "300ms±200"),
            Parameter("rate", rate, 64 * 1024.0, "64KB/s"),
            Parameter("close_s", duration, 1.0, "until the other end hears that it was closed, 1s"),
            _A_BANK,
        ),
    ),
    Row(Drop.name, Drop, "lines fall silent now and then", (_SHARE, _A_BANK, _SIDE)),
    Row(Reset.name, Reset, "lines break now and then", (_SHARE, _A_BANK)),
    Row(HalfOpen.name, HalfOpen, "lines stay open, and nothing passes", (_A_BANK,)),
    Row(
        OneWay.name,
        OneWay,
        "requests pass and answers vanish, or the reverse",
        (Parameter("lost", one_of(REQUESTS, ANSWERS), ANSWERS, "what vanishes: requests or answers"), _A_BANK),
    ),
    Row(AckLost.name, AckLost, "the broker takes records, and its word on them is lost", (_COUNT, _A_BANK)),
    Row(RequestLost.name, RequestLost, "records are lost on their way to the broker", (_COUNT, _A_BANK)),
    Row(HalfFrame.name, HalfFrame, "records break off on their way to the broker", (_COUNT, _A_BANK)),
    Row(
        Flap.name,
        Flap,
        "the line comes and goes",
        (
            Parameter("off_s", duration, 1.0, "away for, 1s"),
            Parameter("on_s", duration, 1.0, "there for, 1s"),
            _A_BANK,
        ),
    ),
    Row(BankKill.name, BankKill, "a bank is killed, and stays down", (_ONE_BANK,)),
    Row(BankKills.name, BankKills, "banks are killed every 1 to 3 s, and started at once", (_A_BANK,)),
    Row(
        BankKillStart.name,
        BankKillStart,
        "a bank is killed while it starts",
        (_ONE_BANK, Parameter("times", count, 5, "how often, 5x")),
    ),
    Row(BankPause.name, BankPause, "a bank stands still, and goes on later", (_ONE_BANK,)),
    Row(DiskFull.name, DiskFull, "no file of a bank can grow", (_ONE_BANK,)),
    Row(DatabaseLock.name, DatabaseLock, "a bank's database is locked by somebody else", (_ONE_BANK,)),
    Row(
        ClockSkew.name,
        ClockSkew,
        "a bank is started anew with a wrong clock",
        (_ONE_BANK, Parameter("offset_ms", offset, HOUR_MS, "+1h or -1h")),
    ),
    Row(
        Dup.name,
        Dup,
        "every record that comes lies there several times",
        (Parameter("times", count, 3, "how often, 3x"),),
    ),
    Row(Replay.name, Replay, "the whole topic comes again"),
    Row(
        Reorder.name,
        Reorder,
        "the last records come again, shuffled",
        (Parameter("last", count, LAST, "of each partition, 50"),),
    ),
    Row(Poison.name, Poison, "records that nobody can read", (_A_BANK,)),
    Row(BadValues.name, BadValues, "requests with impossible values", (_ONE_BANK,)),
    Row(ChangedContent.name, ChangedContent, "known ids with other content", (_ONE_BANK,)),
    Row(ForgedAnswers.name, ForgedAnswers, "answers that nobody gave", (_ONE_BANK,)),
)
CATALOGUE: dict[str, Row] = {row.name: row for row in ROWS}


def row(name: str) -> Row:
    """Raises Failure in words."""
    if name not in CATALOGUE:
        raise Failure(f"there is no fault {name}", do=f"there are {', '.join(CATALOGUE)}", code=ExitCode.USAGE)
    return CATALOGUE[name]


def make(site: Site, name: str, words: Sequence[str] = (), seed: int | None = None) -> Fault:
    """A fault that is not injected yet. Raises Failure where there is none, or the words make no sense. `seed`: where
    it wants one, and the words do not say which."""
    found = row(name)
    said = read_words(name, found.parameters, words)
    if seed is not None and any(one.name == "seed" and said["seed"] == one.default for one in found.parameters):
        said["seed"] = seed
    return found.make(site, **said)
