"""The composition root: the only module that knows all rooms of a bank."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from bank_node.api import BankApp, mount
from bank_node.bank import Bank
from bank_node.broker.post_room import PostRoom
from bank_node.lab.laboratory import laboratory
from bank_node.opening import close_bank, open_bank
from bank_node.settings import BankSettings
from bank_node.transfers.ports import Broker
from teller_ui import SecurityHeaders, page_of_problem, pages

Plant = Callable[[Bank, PostRoom], None]


def create_app(settings: BankSettings, broker: Broker | None = None, plant: Plant | None = None) -> FastAPI:
    """A bank behind HTTP: the books are open when this returns, the post room opens with the server.

    Raises DatabaseProblem or LabProblem in words. Without a broker handed in it is the Kafka of the settings. `plant`
    may change the pieces before anything begins to work: bugs are planted so, and nothing else ever is.
    """
    lab = laboratory(settings)
    bank = open_bank(settings, migrating=lab.migrating if lab else None)
    settings = bank.settings
    broker = broker or kafka(settings)
    if lab:
        bank, broker = lab.watch(bank, broker)
    post_room = PostRoom(bank, broker)
    if plant:
        plant(bank, post_room)

    @asynccontextmanager
    async def open_hours(_app: FastAPI) -> AsyncIterator[None]:
        if lab:
            lab.recovering()
        post_room.start()
        try:
            yield
        finally:
            bank.bell.close()
            await asyncio.to_thread(post_room.stop)
            await asyncio.to_thread(close_bank, bank)

    app = BankApp(
        title=settings.name,
        lifespan=open_hours,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # another address is another page; a repeated POST is nobody's wish
    )
    mount(app, bank, page_of_problem(bank))  # before the pages: routes are tried in order, and money goes by the API
    app.router.routes.extend(pages(bank).routes)
    if lab:
        app.router.routes.extend(lab.routes(bank))
    app.add_middleware(SecurityHeaders, settings=settings)
    return app


def kafka(settings: BankSettings) -> Broker:
    """Apache Kafka, imported only where it is used."""
    from bank_node.broker.kafka import KafkaBroker

    return KafkaBroker(settings)


def bank_of(app: FastAPI) -> Bank:
    """The bank behind an app."""
    bank: Bank = app.state.bank
    return bank
