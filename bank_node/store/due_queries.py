"""When something is due to be said again, for who looks before he asks the writer for a unit of work."""

from __future__ import annotations

from sqlalchemy import Connection

_TABLES = ("transfers", "recalls")
_MOMENTS = " UNION ALL ".join(
    f"SELECT (SELECT {end}(due_us) FROM {table} WHERE due_us IS NOT NULL)"
    for table in _TABLES
    for end in ("min", "max")
)  # each alone: so the ends of the index are all that is read


def due_moments(connection: Connection) -> tuple[int, int] | None:
    """The earliest and the latest of them; None where nothing waits for its time."""
    found = [moment for (moment,) in connection.exec_driver_sql(_MOMENTS) if moment is not None]
    return (min(found), max(found)) if found else None
