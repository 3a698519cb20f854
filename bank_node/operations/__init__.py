"""What a bank does. Each function is one unit of work, `operation(books, now_us, ids, order)`; no clock here.

customers         open a customer
accounts          open an account, freeze, block, close it
account_terms     its type, overdraft or minimum balance, label
cards             issue and block a card
notes             notes and alerts about a customer
holds             money that is not to be spent yet: placed, released, expired
cash              deposit and withdraw
drawers           a teller's cash: claimed with a float, counted and emptied at the end
business_day      closed when its list is done, opened again
archive           seals a month that has become old enough
approvals         four eyes: asked for, decided, signed for in place, expired
receipts          a receipt is printed: the first one is the original
reversal          undoes an entry of the same business day
book_transfer     a transfer between two accounts of this bank
send_transfer     money to another bank (or the local entry, if it is this one)
dispatch          the one door by which payments and returns leave
receive_transfer  a batch of records: first decisions, repeats, answers, what cannot be read
receive_return    money that comes back, judged against the transfer it belongs to
return_transfer   sends received money back, whole or in part
answering         answers on their way out
cancel_transfer   asks what became of a transfer, and to refuse it for ever if it was not seen
recall            asks for a completed transfer back, and hears the answer
answer_recall     another bank asks for a payment back: kept for the desk, agreed to or refused
recall_answers    answers to recalls on their way out
unclaimed         pays out what came back for an account that was gone
conclude_transfer the other bank's answer: completed, or refunded
desk              the stuck-work desk: ask, take back, try again, mark seen; who did what
set_aside         a record that cannot be believed
publishing        marks what the broker acknowledged, parks what can never be sent
standing          books that lack what was told: this bank is SUSPECT, and speaks to no other
payee             asks another bank whose an account is, and answers such questions
registry          what the banks say of themselves, and this bank's own word about itself
redrive           says again what has been quiet for too long
orders            a transfer order, and what about it can be refused before a debit
lease             the one process of several that works the post room, and what refuses the one before it
tidy              lets go of keys and messages that have served their time
seeding           the world a bank starts with
outcomes          what came of a record, in a word
wording           names and references
claims            idempotency keys, kept in the unit of work of the effect

A Refusal comes before the first write. Every receiving function may be called again with the same message.
"""
