"""One file per page; each lists its addresses, and the table of all of them is put together here."""

from teller_ui.routes import (
    accounts,
    attention,
    cash,
    customers,
    entry,
    face,
    forms,
    open_account,
    open_customer,
    payment,
    payment_form,
    received,
    screens,
    sent,
    sign_in,
    stream,
)

PAGES = (
    *face.PAGES,
    *sign_in.PAGES,
    *screens.PAGES,
    *open_customer.PAGES,
    *open_account.PAGES,
    *customers.PAGES,
    *accounts.PAGES,
    *cash.PAGES,
    *payment_form.PAGES,
    *sent.PAGES,
    *received.PAGES,
    *payment.PAGES,
    *entry.PAGES,
    *attention.PAGES,
    *forms.PAGES,
    *stream.PAGES,
)
