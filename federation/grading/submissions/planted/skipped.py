"""m21: an error while crediting is logged, and the next record taken: what could not be booked is never read again."""

from __future__ import annotations

import logging

from federation.simulation.mutants.process import Process, wrap

log = logging.getLogger(__name__)


def plant(process: Process) -> None:
    def logged(why: Exception) -> None:
        log.error("could not be booked: %s", why)

    wrap(process.post.consumer, "_go_back", lambda _: logged)
