"""Founds a federation where no launcher runs (containers): its id, its world file, a seed file per bank, once.

`python -m federation.founding FOLDER --banks 3 --seed 42 --first-port 8001`. What is there already stays as it is.
"""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path

from federation.failure import Failure
from federation.folder import Folder
from federation.roster import Roster, read_roster
from federation.spec import BANKS_MAX, BankSpec, FederationSpec, bank_ids

ID_FILE = "federation_id"


def found(root: Path, banks: int, seed: int, first_port: int) -> Roster:
    """The roster of the federation in this folder, founded now or before. Raises Failure in words."""
    folder = Folder(root)
    if not folder.exists():
        folder.make()
        ports = range(first_port, first_port + banks)
        members = tuple(BankSpec(name, port) for name, port in zip(bank_ids(banks), ports, strict=True))
        folder.write_spec(FederationSpec(uuid.uuid4().hex, seed, members))
    spec = folder.read_spec()
    if (len(spec.banks), spec.seed) != (banks, seed):
        raise Failure(
            f"{root} holds another federation: {len(spec.banks)} banks, seed {spec.seed}",
            why=f"{banks} banks with seed {seed} were asked for",
            do="delete its data first (docker compose down -v)",
        )
    (root / ID_FILE).write_text(spec.federation_id, encoding="ascii")
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
