"""A request that comes again with the same key is done again."""

from __future__ import annotations

from collections.abc import Callable

from federation.simulation.mutants.process import Process, wrap

Store = Callable[[int, str, str, str, str], None]


def plant(process: Process) -> None:
    claims = process.books.claims
    known = claims.find

    def the_first(store: Store) -> Store:
        """The table has room for one answer only."""

        def store_first(now_us: int, scope: str, key: str, request_hash: str, answer: str) -> None:
            if known(scope, key) is None:
                store(now_us, scope, key, request_hash, answer)

        return store_first

    wrap(claims, "store", the_first)
    wrap(claims, "find", lambda _: lambda *_: None)
