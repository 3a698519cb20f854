"""The pages of the route table, each with an address at which something stands: where `test_every_page` walks.

Whoever adds a page adds it here: one that nobody walks to fails `test_the_walk_knows_every_page_of_the_route_table`.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from tests.support.scrawled_bank import EVIL, USERNAME, World

CUSTOMER = f"{USERNAME}c"
FILES = {  # looked at elsewhere: no pages, or downloads (see `test_exports_hold_the_script_as_text`)
    "/bank.css", "/rosette.svg", "/favicon.svg", "/favicon.ico", "/static/{name:path}", "/stream",
    "/accounts/{number}/statement.csv", "/accounts/{number}/statement.xml",
    "/my/accounts/{number}/statement.csv", "/my/accounts/{number}/statement.xml", "/statements/{number}.pdf",
}  # fmt: skip

FIND, SAID, RECEIVED = "/customers/find", "/accounts/said", "/payments/received/{bank}/{id}"
FRAGMENTS = {FIND, SAID, "/banks/said"}  # swapped into a page, and no pages


@dataclass(frozen=True)
class Step:
    """`path` of the page with this `template`; with `form` it is the answer to a post."""

    template: str
    path: str
    username: str = USERNAME
    form: dict[str, str] | None = None
    status: int = 200


def walk(w: World) -> list[Step]:
    """Every page once, with something on it; the same page again where it has another face."""
    groups = (_customers, _accounts, _branch, _payments, _desk, _people, _home)
    return [step for group in groups for step in group(w)]


def _asked(w: World) -> dict[str, str]:
    """A payment, as it is typed."""
    return {"from_account": w.account, "to_account": w.partner, "to_name": EVIL, "amount": "1", "reference": EVIL}


def _customers(w: World) -> list[Step]:
    """The door, and who is a customer."""
    return [
        Step("/sign-in", "/sign-in?notice=ended", ""),
        Step("/sign-in", "/sign-in", "", {"username": EVIL, "password": EVIL}, 401),
        Step("/", "/"),
        Step("/screens", "/screens"),
        Step("/go/{code}", "/go/31"),
        Step("/customers", "/customers"),
        Step("/customers", f"/customers?q={quote(EVIL[:20])}"),
        Step("/customers", "/customers?q=zzz"),
        Step(FIND, f"/customers/find?q={quote(EVIL[:20])}"),
        Step("/customers/new", "/customers/new"),
        Step("/customers/new", "/customers/new", form={"name": EVIL, "phone": EVIL, "born": EVIL}, status=422),
        Step("/customers/{id:int}", f"/customers/{w.customer}?account={w.account}"),
        Step("/customers/{id:int}", f"/customers/{w.customer}", "lindt"),
        Step("/customers/{id:int}/notes", f"/customers/{w.customer}/notes", form={"text": EVIL * 4}, status=422),
        Step("/customers/{id:int}/login", f"/customers/{w.customer}/login"),
        Step("/customers/{id:int}/login", "/customers/1/login"),
        Step("/customers/{id:int}/login", "/customers/1/login", form={"username": USERNAME}, status=422),
        Step("/customers/{id:int}/login", "/customers/1/login", form={"username": f"{USERNAME}i"}),
    ]


def _accounts(w: World) -> list[Step]:
    """Accounts with what hangs on them."""
    one = f"/accounts/{w.account}"
    held = {"account": EVIL, "amount": EVIL, "reason": "", "until": "2020-01-01"}
    return [
        Step("/accounts/new", f"/accounts/new?customer={w.customer}"),
        Step("/accounts/new", "/accounts/new", form={"customer": str(w.customer), "opening": EVIL}, status=422),
        Step(SAID, f"/accounts/said?role=payee&field=to_account&to_account={w.partner}"),
        Step("/accounts/{number}", f"/accounts/{w.savings}"),
        Step("/accounts/{number}/change", f"/accounts/{w.account}/change"),
        Step("/accounts/{number}/change/{what}", f"{one}/change/label", form={"label": EVIL * 4}, status=422),
        Step("/accounts/{number}/history", f"/accounts/{w.account}/history"),
        Step("/accounts/{number}/months", f"/accounts/{w.account}/months"),
        Step("/accounts/{number}/history", f"{one}/history?q={quote(EVIL)}&least={quote(EVIL)}", status=422),
        Step("/statement", "/statement"),
        Step("/accounts/{number}/statement", f"/accounts/{w.account}/statement"),
        Step("/notes/{note:int}", f"/notes/{w.note}"),
        Step("/holds/new", f"/holds/new?account={w.account}"),
        Step("/holds/new", "/holds/new", form=held, status=422),
        Step("/holds/{id:int}", f"/holds/{w.hold}"),
        Step("/cards", "/cards"),
        Step("/cards/new", "/cards/new"),
        Step("/cards/new", "/cards/new", form={"account": w.business}, status=201),
        Step("/cards/{id:int}", f"/cards/{w.card}"),
        Step("/cards/{id:int}", f"/cards/{w.card - 1}"),
    ]


def _branch(w: World) -> list[Step]:
    """Cash, drawers, second persons, mistakes, the day."""
    counted = {"n_EUR_5000": "2", "reason": EVIL, "supervisor": EVIL}
    return [
        Step("/cash/in", f"/cash/in?customer={w.customer}"),
        Step("/cash/in", "/cash/in", form={"account": w.account, "amount": EVIL, "reference": EVIL}, status=422),
        Step("/cash/out", "/cash/out", "okafor"),
        Step("/drawer", "/drawer"),
        Step("/drawer", "/drawer", "mallory"),
        Step("/drawer/close", "/drawer/close", form=counted, status=422),
        Step("/drawers/{id:int}", f"/drawers/{w.drawer}"),
        Step("/drawers/{id:int}", f"/drawers/{w.closed_drawer}"),
        Step("/approvals", "/approvals"),
        Step("/approvals", "/approvals?decided=yes"),
        Step("/approvals/{id:int}", f"/approvals/{w.waiting}"),
        Step("/approvals/{id:int}", f"/approvals/{w.waiting}", "okafor"),
        Step("/approvals/{id:int}", f"/approvals/{w.decided}"),
        Step("/reversals", "/reversals"),
        Step("/entries/{id:int}", f"/entries/{w.entry}"),
        Step("/entries/{id:int}", f"/entries/{w.reversed}"),
        Step("/entries/{id:int}/receipt", f"/entries/{w.entry}/receipt", form={}),
        Step("/entries/{id:int}/reverse", f"/entries/{w.entry}/reverse"),
        Step("/day", "/day"),
    ]


def _payments(w: World) -> list[Step]:
    """Payments, sent and received."""
    got = f"/payments/received/BRVO/{w.received}"
    asked = _asked(w)
    return [
        Step("/payment", f"/payment?customer={w.customer}"),
        Step("/payment", "/payment"),
        Step("/payment/review", "/payment/review", form=asked),
        Step("/payment/review", "/payment/review", "okafor", {**asked, "amount": "501"}),
        Step("/payment/review", "/payment/review", form=dict.fromkeys(asked, EVIL), status=422),
        Step("/payments/sent", "/payments/sent"),
        Step("/payments/{id}", f"/payments/{w.sent}"),
        Step("/payments/{id}", f"/payments/{w.stuck}"),
        Step("/payments/{id}", f"/payments/{w.refused}"),
        Step("/payments/{id}/receipt", f"/payments/{w.sent}/receipt", form={}),
        Step("/payments/{id}/call-back", f"/payments/{w.sent}/call-back"),
        Step("/payments/received", "/payments/received"),
        Step(RECEIVED, got),
        Step(f"{RECEIVED}/return", f"{got}/return"),
        Step(f"{RECEIVED}/return/review", f"{got}/return/review", form={"amount": "1", "reason": EVIL}),
        Step("/banks/said", "/banks/said?to_bank=BRVO"),
    ]


def _desk(w: World) -> list[Step]:
    """What is stuck, and why."""
    back = f"/attention/recall/BRVO:{w.recall}"
    pay_out = f"/attention/unclaimed/{w.item}/pay-out"
    return [
        Step("/why/{topic}", "/why/queue"),
        Step("/why/{topic}/{id}", f"/why/queue/{w.sent}"),
        Step("/why/{topic}/{id}", f"/why/dedupe/BRVO:{w.received}"),
        Step("/why/{topic}/{id}", f"/why/hold/{w.hold}"),
        Step("/why/{topic}/{id}", "/why/set-aside/1"),
        Step("/attention", "/attention"),
        Step("/attention/{kind}", "/attention/quarantine"),
        Step("/attention/{kind}", "/attention/sent_back?seen=yes"),
        Step("/attention/{kind}", "/attention/parked"),
        Step("/attention/recall/{id}/answer", f"{back}/answer"),
        Step("/attention/recall/{id}/refuse", f"{back}/refuse", form={"reason": " "}, status=422),
        Step("/attention/unclaimed/{id}/pay-out", pay_out),
        Step("/attention/unclaimed/{id}/pay-out", pay_out, form={"to_account": EVIL}, status=422),
    ]


def _people(_w: World) -> list[Step]:
    """Staff, sessions, the audit log."""
    return [
        Step("/sessions", "/sessions", "eve"),
        Step("/password", "/password"),
        Step("/password", "/password", form={"old_password": "no", "password": "x", "again": "y"}, status=422),
        Step("/staff", "/staff", "eve"),
        Step("/staff", "/staff", "eve", {"name": EVIL, "username": USERNAME, "role": "teller"}, 409),
        Step("/staff", "/staff", "eve", {"name": EVIL, "username": "trudy", "role": "teller"}),
        Step("/audit", "/audit", "lindt"),
        Step("/audit", f"/audit?user={quote(USERNAME)}&object={quote(EVIL)}"),
        Step("/forms/{scope}/{key}", "/forms/payment/kkkkkkkkkkkkkkkkkkkk"),
    ]


def _home(w: World) -> list[Step]:
    """A customer's own pages, and what is nowhere."""
    asked = _asked(w)
    return [
        Step("/my", "/my", CUSTOMER),
        Step("/my/accounts/{number}", f"/my/accounts/{w.account}?q=zzz", CUSTOMER),
        Step("/my/accounts/{number}/history", f"/my/accounts/{w.account}/history", CUSTOMER),
        Step("/my/accounts/{number}/months", f"/my/accounts/{w.account}/months", CUSTOMER),
        Step("/my/accounts/{number}/statement", f"/my/accounts/{w.account}/statement", CUSTOMER),
        Step("/my/cards", "/my/cards", CUSTOMER),
        Step("/my/payment", "/my/payment", CUSTOMER),
        Step("/my/payment/review", "/my/payment/review", CUSTOMER, asked),
        Step("/my/payment/review", "/my/payment/review", CUSTOMER, {**asked, "amount": EVIL}, 422),
        Step("/my/payments", "/my/payments", CUSTOMER),
        Step("/my/payments/{id}", f"/my/payments/{w.own}", CUSTOMER),
        Step("", "/nothing", status=404),
        Step("", "/nothing", "", status=404),
        Step("", "/staff", "mallory", status=403),
    ]
