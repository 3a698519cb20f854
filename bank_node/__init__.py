"""One bank, one process: ledger, cross-bank transfers, API and teller pages over its own database.

main        the composition root; `python -m bank_node` serves what it makes
opening     opens the books: database, writer, seed; no server, no broker
enquiry     asks another bank whose an account is, for whoever can wait a moment
explaining  what stands behind a queue, a repeat, a hold, a return: rows, message, headers
issuing     has a card issued, and tells its full number once
bank        what a bank owns, in one frozen bundle
identity    the bank's own keys, as files
settings    every knob with unit, default and limit
bell, link  who waits for news is woken; how the line to the broker is
seats       how many may listen to what happens, all together and one person
standing    whether the bank may speak to others
telemetry   structured log lines
clock       time and ids, handed in from outside
"""
