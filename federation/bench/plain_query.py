"""A yardstick: plain Starlette, one indexed query, nothing around it.

`python -m federation.bench.plain_query PORT DATABASE`; `GET /ACCOUNT` is the newest twenty entries of an account, as
JSON: what a page of its history cannot do without.
"""

from __future__ import annotations

import sqlite3
import sys
from threading import local

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

NEWEST = (
    "SELECT e.id, e.at_us, e.kind, e.text, p.amount, p.balance_after"
    " FROM postings p JOIN entries e ON e.id = p.entry_id"
    " WHERE p.account_id = (SELECT id FROM accounts WHERE code = ?) ORDER BY p.entry_id DESC LIMIT 20"
)
_own = local()


def newest(request: Request) -> JSONResponse:
    if not hasattr(_own, "connection"):  # each thread has its own
        _own.connection = sqlite3.connect(f"file:{sys.argv[2]}?mode=ro", uri=True)
    return JSONResponse(_own.connection.execute(NEWEST, (request.path_params["account"],)).fetchall())


app = Starlette(routes=[Route("/{account}", newest)])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
