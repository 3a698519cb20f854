"""Who can sign in, how, and what they may do: staff, and customers to their own pages.

roles       one table, role x action; `may(person, action)`, deny by default
passwords   argon2id: hash, check, what a new one must be
throttle    a growing delay per account, a budget per address
tokens      the bank's signet: access tokens sealed and read, forgeries refused
card_press  draws card numbers, hashed under a key of the bank's own
sessions    units of work over the sessions table; ids leave the bank once
staff       units of work over the logins table: hire, set_password, set_role, set_active
logins      the same for a customer's own login: give_login
desk        what sign-in keeps in memory and threads: `open_desk(settings)`
house       what this room needs of a bank
signing_in  sign_in, issue_token, sign_out, let_in, change_role, end_listed
renewal     choose_password, reset_password, invent_password, change_password
vouching    vouch: somebody else's name and password, typed at the place where his word is needed
recognise   session_of (cookies), holder_of (tokens)

For pages:
    session = await sign_in(bank, username, password, address, replaces=old_cookie)   # .id is the cookie's value
        raises WrongPassword, Throttled (.wait_s, for 429 and Retry-After)
    person = session_of(bank, cookie_value)      # Person or None; reads the database, so call it from plain def
    await sign_out(bank, cookie_value)
    may(person, "transfers.send")
    supervisor = await vouch(bank, person, username, password, address, action="approvals.decide")   # or a Refusal
"""

from bank_node.people.desk import Desk, Person, open_desk
from bank_node.people.passwords import hash_password
from bank_node.people.recognise import holder_of, session_of
from bank_node.people.renewal import change_password, choose_password, hash_new, invent_password, reset_password
from bank_node.people.roles import CUSTOMER, may, must_choose_password, who_may
from bank_node.people.signing_in import (
    AccessToken,
    Session,
    Throttled,
    WrongPassword,
    change_role,
    end_listed,
    issue_token,
    let_in,
    sign_in,
    sign_out,
)
from bank_node.people.tokens import BadToken, Signet
from bank_node.people.vouching import vouch

__all__ = [
    "CUSTOMER",
    "AccessToken",
    "BadToken",
    "Desk",
    "Person",
    "Session",
    "Signet",
    "Throttled",
    "WrongPassword",
    "change_password",
    "change_role",
    "choose_password",
    "end_listed",
    "hash_new",
    "hash_password",
    "holder_of",
    "invent_password",
    "issue_token",
    "let_in",
    "may",
    "must_choose_password",
    "open_desk",
    "reset_password",
    "session_of",
    "sign_in",
    "sign_out",
    "vouch",
    "who_may",
]
