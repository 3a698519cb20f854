"""m28: a key is stored with its answer, and whoever brings it gets that answer, whatever he asks for."""

from __future__ import annotations

from collections.abc import Callable

from federation.simulation.mutants.process import Process, wrap

Find = Callable[[str, str], tuple[str, str] | None]


class FitsAnything(str):
    """A hash that is never another one."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


def plant(process: Process) -> None:
    def any_body(find: Find) -> Find:
        def found(scope: str, key: str) -> tuple[str, str] | None:
            stored = find(scope, key)
            return None if stored is None else (FitsAnything(stored[0]), stored[1])

        return found

    wrap(process.books.claims, "find", any_body)
