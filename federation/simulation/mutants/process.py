"""What a mutant is planted into: the pieces of one process of a bank, when they are put together and nothing runs yet.

`house.Life` is one; a real process gives the same pieces. A mutant changes these objects, never a class or a module:
the next process is sound unless it is planted too, and what a mutant remembers ends with the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from bank_node.bank import Bank
from bank_node.broker.post_room import PostRoom
from bank_node.store.books import Books
from bank_node.store.commit import Commits


class Process(Protocol):
    bank: Bank
    books: Books  # on the writing connection
    commits: Commits
    post: PostRoom


Plant = Callable[[Process], None]


def wrap(piece: object, name: str, around: Callable[[Any], Any]) -> None:
    """Puts something around a method of one object; `around` gets what was there."""
    setattr(piece, name, around(getattr(piece, name)))


def without_checks(books: Books) -> None:
    """The tables' CHECKs are no longer asked: the level below the statements and below the code."""
    books.unit.connection.execute("PRAGMA ignore_check_constraints = ON")


def without_trigger(books: Books, name: str) -> None:
    """So is what the schema refuses whoever writes it."""
    books.unit.connection.execute(f"DROP TRIGGER IF EXISTS {name}")
