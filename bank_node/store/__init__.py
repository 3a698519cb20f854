"""This bank's database; the only room that knows SQL.

schema      the tables, their checks and the append-only triggers
database    engine, pragmas, migrations at start, the pool of query-only readers
writer      the one writing thread: many operations, one unit of work
statements  the hot SQL, compiled once from the tables
books       what an operation writes to, one small class per noun: accounts, journal, transfers, outbox, decisions, …
queries     reads for pages and API
snapshot    what `verify` reads
"""
