"""This bank's database; the only room that knows SQL. SQLite in the bank's folder, or PostgreSQL by DATABASE_URL.

schema             the tables and their checks, of `columns`, with `people_tables` and `counter_tables`; `triggers`
                   what no statement may do; `new_schema` all of it as statements; `migrations` how it came to be
database           engine, pragmas, migrations at start, the pool of query-only readers
postgresql         its connection, a schema for each bank, one writer at a time, what went wrong in words
statements         the hot SQL, in the words of each driver
unit               one unit of work: runs statements, remembers whom to tell
commit             many operations, one unit of work; `server_commits` the same over a connection that can be lost
writer             the one writing thread
errors             how the store fails
books              what an operation writes to, one small class per noun:
ledger, customers, transfers, inbox, outbox, quarantine, claims, leases, people, positions, peers, payees
recalls            asked for and received, with their answers; `recall_queries` reads them
unclaimed          money whose account was gone, item by item
holds              money on an account that is spoken for
cards, notes       cards without their numbers; what the next one at the counter should know of a customer
drawers            who holds which; business_dates which day it is; approvals, reversals; day_queries the end of day
archive            months that are sealed, and their balances; `month_queries` an account's history by month
audit              what happened, linked into the hash chain; `audit_opening` how an older database begins one;
                   `audit_pages` as people read it
audit_check        is it whole, and do the books say what it says; of `audit_queries` and `audit_rows`;
                   `audit_report` what was found; `audit_accounts`, `audit_states`, `audit_terms`, `audit_holds`,
                   `audit_sent`, `audit_recalls`, `audit_unclaimed`, `audit_branch`, `audit_days`,
                   `audit_archive` hold their tables against it
news               what is told of it to whoever listens, and how far that has come
standing           whether these books can be believed
desk               acts and marks of the stuck-work desk; `desk_queries` what is on it, `desk_rows` where its rows are
queries            reads for pages and API; `transfer_queries`, `counter_queries`, `due_queries`, `figures` (monitor);
                   `record_queries` rows as they are kept,
                   `session_queries` who is signed in, `own_queries` what is a customer's own,
                   `history_queries` an account's history looked through
moved              which accounts an entry moved, found along the audit log
snapshot           what `verify` reads; bare_books what a bank in the lab shows
"""
