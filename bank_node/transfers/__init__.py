"""The life of a cross-bank transfer, pure: no database, no broker, no web.

states      the sender's states, the receiver's decisions, the table of states that pages and API share
charter     who this bank is, what it promises about time; the directory of all banks
messages    writing the envelope, and its hash
recall      "please return it" and its answer on the wire
keys        who speaks: identities, the key that two banks share, the mac of a message, certificates
payee       whose account is this: the question to another bank, and its answer
registry    a bank's word about itself, certified and signed
keyring     with which key a message is sealed, and whether one that came is believed
reading     a record of the topic: for somebody else, unreadable, or a message
schemas     what is on the wire as models, made of `members`; wire_files keeps them as JSON Schemas in wire/, for
            other languages
news        rows of the audit log as news for whoever listens; `news_schemas` their models
headers     what travels beside a message
explanations   why it is so, for whoever learns how a bank works
topics      the names of the topics and how they are made
stuck_work  the kinds of stuck work, what can be done about each, and the sentences for it
reasons     the one list of reason codes, each in plain words
ports       what the transfers need from a broker
snapshot    one moment of a bank, as the laws read it
laws        I3 to I10, and the one list of all ten
"""
