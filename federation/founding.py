"""Founds a federation where no launcher runs (containers): its id, its authority, its world file, once.

`python -m federation.founding FOLDER --banks 3 --seed 42 --first-port 8001`. Every bank finds in its own folder what it
needs to start: its seed file, its keys with their certificate, and `environment`, lines for a shell. What is there
already stays as it is.
"""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path

from federation.authority import Authority
from federation.failure import Failure
from federation.folder import Folder
from federation.roster import Roster, read_roster
from federation.spec import BANKS_MAX, BankSpec, FederationSpec, bank_ids

ENVIRONMENT = "environment"  # in a bank's folder: what its settings cannot know before the federation is founded


def found(root: Path, banks: int, seed: int, first_port: int) -> Roster:
    """The roster of the federation in this folder, founded now or before. Raises Failure in words."""
    folder = Folder(root)
    folder.make()
    ports = range(first_port, first_port + banks)
    members = tuple(BankSpec(name, port) for name, port in zip(bank_ids(banks), ports, strict=True))
    spec = folder.read_spec() if folder.exists() else FederationSpec(uuid.uuid4().hex, seed, members)
    if (len(spec.banks), spec.seed) != (banks, seed):
        raise Failure(
            f"{root} holds another federation: {len(spec.banks)} banks, seed {spec.seed}",
            why=f"{banks} banks with seed {seed} were asked for",
            do="delete its data first (docker compose down -v)",
        )
    folder.write_spec(spec)  # of an older one too: into the volumes that its banks have here now
    authority = Authority(folder.authority, spec.federation_id)
    for bank in spec.banks:
        data = folder.bank(bank.id)
        known = {"FEDERATION_ID": spec.federation_id, "AUTHORITY_PUBLIC_KEY": authority.certify(bank.id, data)}
        lines = "".join(f"{name}={value}\n" for name, value in known.items())
        (data / ENVIRONMENT).write_text(lines, encoding="ascii")
    return read_roster(root)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--banks", type=int, default=3, choices=range(1, BANKS_MAX + 1), metavar="N")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--first-port", type=int, default=8001)
    asked = parser.parse_args(arguments)
    try:
        roster = found(asked.folder, asked.banks, asked.seed, asked.first_port)
    except Failure as failure:
        print(f"{failure.what}; {failure.why}. {failure.do}", file=sys.stderr)
        return int(failure.code)
    for member in roster.members.values():
        signs = ", ".join(f"{person.username} / {person.password}" for person in member.staff)
        print(f"{member.id}  {member.url}  {signs}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
