"""Whoever writes a bank's name under a message is believed to be that bank: no seal is looked at."""

from __future__ import annotations

from federation.simulation.mutants.process import Process


def plant(process: Process) -> None:
    process.post.consumer._desk._doubt = None
