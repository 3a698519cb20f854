"""The laboratory of one bank: there or not there, and put around the bank and its broker by `main`."""

from __future__ import annotations

from dataclasses import replace

from starlette.routing import BaseRoute

from bank_node.bank import Bank
from bank_node.lab.failpoints import (
    BOOT_RECOVERY,
    MIGRATE_MID,
    Arming,
    Failpoints,
    LabProblem,
    read_armings,
)
from bank_node.lab.ledger import ledger
from bank_node.lab.notebook import Notebook
from bank_node.lab.routes import routes
from bank_node.lab.watching import WatchedBroker, WatchedWriter
from bank_node.settings import BankSettings
from bank_node.transfers.ports import Broker


class Laboratory:
    def __init__(self, settings: BankSettings) -> None:
        """Arms what the environment and the notebook say. Raises LabProblem in words."""
        wanted = [str(arming) for arming in read_armings(settings.bank_failpoints)]
        self.notebook = Notebook(settings.data_dir)
        self.failpoints = Failpoints(_all(self.notebook.begin(wanted)), fired=self.notebook.write_fired)

    def watch(self, bank: Bank, broker: Broker) -> tuple[Bank, Broker]:
        """The same bank and broker, reaching the failpoints from now on."""
        writer = WatchedWriter(bank.writer, self.failpoints)
        return replace(bank, writer=writer), WatchedBroker(broker, self.failpoints)

    def migrating(self) -> None:
        self.failpoints(MIGRATE_MID)

    def recovering(self) -> None:
        self.failpoints(BOOT_RECOVERY)

    def routes(self, bank: Bank) -> list[BaseRoute]:
        return [*routes(self.failpoints, self.notebook), ledger(bank)]


def laboratory(settings: BankSettings) -> Laboratory | None:
    """None for a bank outside of the lab. Raises LabProblem where that bank was to be broken all the same."""
    if settings.bank_lab and settings.on_loopback:
        return Laboratory(settings)
    if settings.bank_failpoints:
        why = "BANK_LAB is not set" if settings.on_loopback else f"HOST is {settings.host}, which others can reach"
        raise LabProblem(
            f"BANK_FAILPOINTS is set, and {why}: a bank is broken on purpose only in the lab, on loopback. "
            "Unset BANK_FAILPOINTS, or start with bankfed up --lab"
        )
    return None


def _all(words: list[str]) -> list[Arming]:
    return [arming for one in words for arming in read_armings(one)]
