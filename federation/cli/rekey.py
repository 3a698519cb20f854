"""Gives one bank a new exchange key, the one that its messages are sealed with. Nothing stops, no message is lost.

The bank finds the key at its next heartbeat and tells the others, uses it when they have had time to hear of it
(key_announce_ms), and goes on believing the old one for records that are under way (key_window_ms). A bank that is
down does so when it is back. Its identity stays: the authority is not asked.
"""

from __future__ import annotations

import click

from federation.cli.call import Answer, Call, complete_banks, verb
from federation.failure import Failure


@verb(("bankfed rekey BRVO", "after a key may have been seen, or once a year"))
@click.argument("bank", metavar="BANK", shell_complete=complete_banks)
def command(call: Call, *, bank: str) -> Answer:
    from bank_node.identity import IdentityProblem, new_exchange_version, read_secrets
    from federation.folder import Folder
    from federation.roster import read_roster

    member = read_roster(call.data).member(bank)
    data = Folder(call.data).bank(member.id)
    try:
        version = new_exchange_version(data)
        public_key = read_secrets(data).exchange_keys[version].public
    except IdentityProblem as problem:
        raise Failure(f"{member.id} keeps the key it has", why=str(problem)) from problem
    fields = {"bank": member.id, "version": version, "public_key": public_key}
    said = f"{call.paint.bold(member.id)} has exchange key {version} ({public_key[:8]}…)"
    return Answer(fields, f"{said}; it tells the others at its next heartbeat")
