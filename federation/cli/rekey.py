"""Gives one bank a new exchange key, the one that its messages are sealed with. Nothing stops, no message is lost.

The bank finds the key at its next heartbeat and tells the others, uses it when they have had time to hear of it
(key_announce_ms), and goes on believing the old one for records that are under way (key_window_ms). A bank that is
down does so when it is back. Its identity stays: the authority is not asked. No bank gets more keys that are still
believed than the others are sure to keep.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import click

from federation.cli.call import Answer, Call, complete_banks, verb
from federation.failure import Failure

LIVE_KEYS_MAX = 8  # half of what a bank reads of another one's record


@verb(("bankfed rekey BRVO", "after a key may have been seen, or once a year"))
@click.argument("bank", metavar="BANK", shell_complete=complete_banks)
def command(call: Call, *, bank: str) -> Answer:
    from bank_node.identity import IdentityProblem, exchange_versions, new_exchange_version, read_secrets
    from federation.audit.announced import announced_keys
    from federation.folder import Folder
    from federation.roster import read_roster

    member = read_roster(call.data).member(bank)
    folder = Folder(call.data)
    data = folder.bank(member.id)
    announced = announced_keys(member.id, folder.database(member.id))
    try:
        _refuse_too_many(member.id, exchange_versions(data), announced)
        version = new_exchange_version(data, above=max(announced, default=0))
        public_key = read_secrets(data).exchange_keys[version].public
    except IdentityProblem as problem:
        raise Failure(f"{member.id} keeps the key it has", why=str(problem)) from problem
    fields = {"bank": member.id, "version": version, "public_key": public_key}
    said = f"{call.paint.bold(member.id)} has exchange key {version} ({public_key[:8]}…)"
    return Answer(fields, f"{said}; it tells the others at its next heartbeat")


def _refuse_too_many(bank: str, versions: list[int], announced: Mapping[int, int | None]) -> None:
    """Raises Failure."""
    now_us = time.time_ns() // 1000
    ends = {version: announced.get(version) for version in versions}
    live = {version: until_us for version, until_us in ends.items() if until_us is None or until_us > now_us}
    if len(live) < LIVE_KEYS_MAX:
        return
    soonest_us = min((until_us for until_us in live.values() if until_us is not None), default=None)
    if soonest_us is None:
        do = f"let the bank announce the keys it has first: bankfed start {bank}"
    else:
        soonest = datetime.fromtimestamp(soonest_us / 1_000_000, UTC)
        do = f"wait until {soonest:%Y-%m-%d %H:%M:%S} UTC, when the oldest of them expires"
    raise Failure(
        f"{bank} has {len(live)} keys that other banks still believe, and gets no other now",
        why="other banks keep only so many keys of it, and must not miss the one in use",
        do=do,
    )
