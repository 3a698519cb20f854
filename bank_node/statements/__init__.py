"""Statements of account, for pages and API alike: one reading of the books, as many papers as somebody asks for.

period          which business dates: a month or a range, as it was typed
statement       what stands on it: opening balance, lines with running balance, closing balance
wording         what happened, in the words that customers read
spreadsheet     as CSV, where no cell can be a formula
camt053         as ISO 20022 XML
paper           as PDF; made in a process of its own, whose memory goes with it (`press` is that process)
fonts           which letters the PDF has
link            signed addresses that show one statement for a while, to whoever has them

Nothing here is asked for who asks: the caller has found the account that the person may see.
"""
