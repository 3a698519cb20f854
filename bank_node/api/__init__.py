"""The bank's HTTP face for programs: JSON in and out, problems in words, a token for a key.

guards           what every request passes: trace, size, origin, content type, headers, the last resort
letters          what no database takes: refused in addresses and bodies
doors            who stands before a route, and whether he may
transfers, transfer_status, transfer_desk   routes: ordering, looking up, what staff may do about one
auth, customers, accounts, cash, desk, received, recalls, unclaimed, payees, banks, staff, sessions, audit_snapshot,
audit_chain, audit_log, health, account_terms, holds, cards, notes, drawers, approvals, entries, business_day
                 likewise, a file per noun
history, statements   what of an account's history is asked for; its statements and their papers
months           an account month by month; the months that are in the archive
over_limit       what it answers where an order waits for a second person
idempotency      the Idempotency-Key header; the rest of the rule is in `operations.claims`
why              the words and records behind a queue, a repeat, a hold, a return
logins, own      a customer's login, and what he sees and does with it
schemas          shapes of requests; account_schemas those of accounts, branch_schemas of the branch
answers          shapes of answers about money; transfer_answers of transfers, branch_answers of the branch
errors, problems which exception becomes which RFC 9457 problem
receipts         what an order of a transfer is answered with
prints           receipts as a printer gets them, original and copies
events, crier    what happens, as server-sent events; read once for all who listen
paging, respond  cursors; answers as JSON, and the route with nothing in between
docs, examples   the OpenAPI document and a page that shows it offline
asyncapi         the AsyncAPI document of the messages, and the schemas of the wire as files
retiring         which routes will go, and how that is said
metrics, traces  Prometheus figures; W3C trace ids
express          the app itself, and the short way of its hot routes
mounting         puts the routes and what stands before them into the app

`mount(BankApp(), bank)` wires all of it. The routes go straight into the app: an included router costs FastAPI 0.165
five times what a plain route costs, for every request.
"""

from bank_node.api.express import BankApp
from bank_node.api.mounting import mount

__all__ = ["BankApp", "mount"]
