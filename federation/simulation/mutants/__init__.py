"""Planted bugs, each in a file of its own: `bankfed sim --mutant NAME` must catch them.

They live outside of the production modules. Each is put around the pieces of one process of a bank, a simulated or a
real one, before it begins to work. Where the core refuses or heals a bug at a second level, that
level is taken away with it; what is caught then must not be caught without the bug itself.

process                   what a mutant is planted into, and how
nothing_said_again        no mutant: a bank without its re-drive, which would heal some of them
no_dedupe                 m01
dedupe_in_memory          m02
mark_before_effect        m03
offset_before_effect      m04
start_at_latest           m05
publish_before_commit     m06
no_outbox                 m07
marked_before_ack         m08
no_refund                 m09
no_funds_check            m10
unknown_account_accepted  m11
float_money               m12
never_answers             m13
key_repeats               m14
own_time_out              m15
answer_in_any_state       m16
anybody_believed          m17
read_without_lock         m18, where a bank has two processes (simulation.interleaving)
relays_without_lease      m19, likewise
other_amount_applied      m22
negative_pulls            m23
answer_before_commit      m26
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from federation.simulation.mutants.process import Plant

MUTANTS = {
    "m01": "no_dedupe",
    "m02": "dedupe_in_memory",
    "m03": "mark_before_effect",
    "m04": "offset_before_effect",
    "m05": "start_at_latest",
    "m06": "publish_before_commit",
    "m07": "no_outbox",
    "m08": "marked_before_ack",
    "m09": "no_refund",
    "m10": "no_funds_check",
    "m11": "unknown_account_accepted",
    "m12": "float_money",
    "m13": "never_answers",
    "m14": "key_repeats",
    "m15": "own_time_out",
    "m16": "answer_in_any_state",
    "m17": "anybody_believed",
    "m18": "read_without_lock",
    "m19": "relays_without_lease",
    "m22": "other_amount_applied",
    "m23": "negative_pulls",
    "m26": "answer_before_commit",
}


def mend_of(name: str) -> Plant:
    """What plants this bug into a process before it begins; nothing for no name."""
    return _module(name).plant if name else lambda _process: None


def without_of(name: str) -> Plant | None:
    """What comes with this bug and is harmless by itself, if anything does. Where it is not, the bug is not caught."""
    return getattr(_module(name), "beside", None)


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{MUTANTS[name]}")
