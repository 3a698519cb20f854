"""The pages of a bank: what a teller sees and does in a browser. The same process as the bank, no numbers of its own.

counter     wires it: `pages(bank)` is the router that `bank_node.main` includes; one table of pages, each with the
            action of `bank_node.people.roles` it needs
routes/     one file per page
visit       one request of one person: reading the books, answering with a page, a fragment or a redirect
door        the sign-in page; a form whose session has ended waits there
session     the cookie, named per federation and bank; the theme that was chosen
origin      unsafe methods only from this bank's own pages
problems    pages that only say what went wrong, for every error outside the API
headers     the security headers of every answer (ASGI middleware)
forms       typed text to orders, refusals to the fields they are about
ordering    a payment form as an order
posting     one form, one posting: keys in addresses, forms that were posted before
counting    notes and coins as they were typed
second_person   the limit as a form says it, and a supervisor's signature in place
bearings    what every page says of the bank
newsroom    what open pages show, read once for all of them
recent      the last customers each member of staff had
travel      from the sender's rows to what the time line is drawn from
views/      rows of the books to the words and digits a template prints
words       amounts in words
screens     the two-digit codes
rosette     a bank's face: hue, guilloche, favicon
assets      static files with a version in their address
rendering   Jinja2, autoescape everywhere
templates/  pages and fragments; they only print. A fragment is the same file in the page and in the swap
static/     style sheet in layers, loader, counter.js, icons, and htmx with its SSE extension (0BSD, vendor/LICENSE.txt)

Everything shown comes from `bank_node.store.queries`, everything done goes through `bank.submit(operation, order)`.
Every page works without JavaScript; htmx makes the same forms quicker.
"""

from teller_ui.counter import pages
from teller_ui.headers import SecurityHeaders
from teller_ui.problems import page_of_problem

__all__ = ["SecurityHeaders", "page_of_problem", "pages"]
