"""Double-entry bookkeeping, pure: whole minor units, one currency per account, entries that balance.

money       amounts and currencies: text in, text out
denominations notes and coins, and what a count of them comes to
account     account numbers with their check digits, account states
products    the types of accounts: minimum balance, overdraft, what each is used for
cards       card numbers: a test range, a check digit, what of them may be shown
dates       moments in microseconds, and as RFC 3339
chart       the bank's own accounts: vault, suspense, clearing, unclaimed
entry       JournalEntry and its postings; an unbalanced one cannot be built
chain       the hash chain of the audit log; `fingerprints` what stands there only as a hash
seal        the hash of a month that goes to the archive
laws        I1 and I2 over one bank's books
text        what may stand in a name or a reference
errors      Refusal: surely nothing was booked

Signs are credit-positive everywhere: a customer's balance is above zero when the bank owes him; a vault's is below
zero when there is cash in it.
"""
