"""What the templates print: rows of the books turned into words and digits. Nothing here reads or decides.

text        times, delays, amounts
frame       what stands around every page: the bank, the person, the network, the rail
banner      the lines above every page: what is wrong, what it means, where to look
customer    a customer with accounts and entries; search results; customer_sheets holds, cards, notes
road        what the sender knows of a transfer's way
line        where the money is: the six stops
hops        what happened, hop by hop
entries     one line of an account's history
payment     the payment page, the receipt
presence    when another bank was last heard of
review      a sum said once more before it moves
lists       payments sent and received
desk        the stuck-work desk: piles, items, buttons
branch      drawers, counts, the end of day
approvals   orders that wait for a second person
people      who can sign in, and who is signed in
audit       rows of the audit log: who, what, before and after
why         a row, a message and its headers
own         what a customer sees of his own
statement   a statement on a page, and what of a history was asked for
months      an account month by month, months to choose from
"""
