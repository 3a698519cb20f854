"""Puts the API into an app: state, routes, error handlers, guards."""

from __future__ import annotations

import time
from functools import partial

from bank_node.api import (
    account_terms,
    accounts,
    approvals,
    asyncapi,
    audit_chain,
    audit_log,
    audit_snapshot,
    auth,
    banks,
    business_day,
    cards,
    cash,
    customers,
    desk,
    docs,
    drawers,
    entries,
    errors,
    events,
    health,
    holds,
    logins,
    months,
    notes,
    own,
    payees,
    prints,
    recalls,
    received,
    sessions,
    staff,
    statements,
    transfer_desk,
    transfer_status,
    transfers,
    unclaimed,
    why,
)
from bank_node.api.crier import Crier
from bank_node.api.express import BankApp, Express
from bank_node.api.guards import Guards
from bank_node.api.metrics import HttpMetrics, registry_of
from bank_node.bank import Bank
from bank_node.seats import Seats

NOUNS = (
    transfers,
    transfer_desk,
    transfer_status,
    received,
    auth,
    accounts,
    account_terms,
    statements,
    months,
    holds,
    customers,
    notes,
    cards,
    cash,
    desk,
    recalls,
    approvals,
    business_day,
    drawers,
    entries,
    prints,
    unclaimed,
    payees,
    banks,
    staff,
    logins,
    own,
    sessions,
    audit_snapshot,
    audit_chain,
    audit_log,
    why,
    events,
    health,
)  # the hot one first


def mount(app: BankApp, bank: Bank, page_of_problem: errors.PageOfProblem | None = None) -> None:
    """Adds the API to an app made with docs_url, redoc_url and openapi_url None.

    `page_of_problem` renders problems of requests that are not the API's, as the pages want them.
    """
    app.state.bank = bank
    app.state.began_s = time.monotonic()
    settings = bank.settings
    app.state.seats = Seats(settings.event_streams_max, settings.event_streams_per_person_max)
    app.state.crier = Crier(bank)
    app.state.metrics = registry_of(bank, health.version())
    for noun in NOUNS:
        app.router.routes.extend(noun.routes.routes)
    app.router.routes.extend(asyncapi.routes())
    app.router.routes.extend(docs.routes())
    errors.install(app, page_of_problem)
    guards = partial(
        Guards,
        metrics=HttpMetrics(app.state.metrics),
        body_bytes_max=bank.settings.body_bytes_max,
        batch_bytes_max=bank.settings.batch_bytes_max,
        page_of_problem=page_of_problem,
    )
    app.add_middleware(guards)
    app.express = Express(transfers.routes.routes)
    app.guarded_express = guards(app.express)
