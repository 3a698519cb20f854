"""One bank, one process: ledger, cross-bank transfers, API and teller pages over its own database."""
