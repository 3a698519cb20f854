"""`/lab/failpoints`: what is armed and how often each place was reached; arming and disarming. Only in the lab.

Outside of the lab these routes do not exist. Guards refuse what a page of another site sends.
"""

from __future__ import annotations

import os

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json
from bank_node.lab.failpoints import (
    AT_START,
    POINTS,
    Failpoints,
    LabProblem,
    read_armings,
)
from bank_node.lab.notebook import Notebook


def routes(failpoints: Failpoints, notebook: Notebook) -> list[BaseRoute]:
    def told() -> Response:
        points = {name: {"where": where, "hits": failpoints.hits[name]} for name, where in POINTS.items()}
        said = {
            "points": points,
            "armed": failpoints.armed(),
            "next_start": notebook.next_start,
        }
        return as_json({"pid": os.getpid(), **said, "fired": notebook.fired})

    async def look(_request: Request) -> Response:
        """What fired is remembered over the kills; `hits` are of this process."""
        return told()

    async def arm(request: Request) -> Response:
        """Body: {"arm": "relay.after_ack=kill@3,…"}. What is only passed at a start waits for the next one."""
        try:
            wanted = orjson.loads(await request.body())["arm"]
            armings = read_armings(wanted)
        except LabProblem as problem:
            raise Stop(Problem("invalid", str(problem))) from problem
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise Stop(Problem("malformed", 'Send {"arm": "relay.after_ack=kill@3"}.')) from error
        failpoints.arm([arming for arming in armings if arming.name not in AT_START])
        later = [str(arming) for arming in armings if arming.name in AT_START]
        if later:
            notebook.keep_for_next_start(later)
        return told()

    async def disarm(_request: Request) -> Response:
        failpoints.disarm()
        notebook.forget_next_start()
        return told()

    path = "/lab/failpoints"
    return [
        Route(path, look),
        Route(path, arm, methods=["POST"]),
        Route(path, disarm, methods=["DELETE"]),
    ]
