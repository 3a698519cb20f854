"""The banks of the federation, as this one knows them: by its settings, and by what each has said of itself."""

from __future__ import annotations

from typing import Annotated, Any

from starlette.responses import Response

from bank_node.api.branch_answers import BankList
from bank_node.api.doors import TheBank, allowed
from bank_node.api.respond import as_json, router
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.people import Person
from bank_node.store.peers import Peer, known_peers

routes = router("banks")


@routes.get("/banks", response_model=BankList)
def banks(bank: TheBank, _who: Annotated[Person, allowed("banks.read")]) -> Response:
    """Every bank money can be sent to. One that is not verified has no key on file: nobody can be sure who speaks."""
    with bank.readers.connection() as connection:
        peers = {peer.bank_id: peer for peer in known_peers(connection)}
    names = sorted({*bank.charter.directory, *peers})
    return as_json({"items": [_said(bank, name, peers.get(name)) for name in names], "next": None})


def _said(bank: Bank, bank_id: str, peer: Peer | None) -> dict[str, Any]:
    own = bank_id == bank.charter.bank_id
    url = bank.charter.directory.get(bank_id) or (peer.url if peer else "")
    said = {
        "id": bank_id,
        "name": bank.charter.name if own else peer.name if peer else bank_id,
        "url": url,
        "own": own,
        "verified": own or bool(peer and peer.keys),
    }
    if peer is None:
        return {**said, "state": None, "versions": None, "heartbeat_at": None, "heard_at": None}
    heard = {"heartbeat_at": rfc3339(peer.heartbeat_us), "heard_at": rfc3339(peer.heard_us)}
    return {**said, "state": peer.state, "versions": list(peer.versions), **heard}
