"""How the store fails, in words. What a bank refuses is not here: `ledger.errors.Refusal`."""

from __future__ import annotations


class DatabaseProblem(Exception):
    """The database cannot be used; the text says what to do."""


class StoreUnavailable(Exception):
    """The database is locked, full or gone. Nothing of the unit of work was kept; it may be tried again."""


class StoreUnsure(StoreUnavailable):
    """The server was lost at the very commit and has not come back: whether it was kept is not known yet."""
