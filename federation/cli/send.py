"""Sends money from one account to another, as the teller of the payer's bank, and waits for the end of it.

Exit codes: 0 it arrived, 7 it was refused or sent back, 4 it is still under way when the time is up (nothing is lost).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import click

from federation.cli.call import Answer, Call, verb
from federation.failure import ExitCode, Failure

if TYPE_CHECKING:
    from federation.client import BankClient, BankRefused
    from federation.payment import Payment


@verb(
    ("bankfed send XF50ALFA0000002017 XF31BRVO0000002017 12.50", "send and wait until it is final"),
    ('bankfed send "XF50 ALFA 0000 0020 17" … 12.50 --no-wait', "only order it"),
    ("bankfed send … … 12.50 --key rent-2026-11", "the same key never pays twice"),
)
@click.argument("from_account")
@click.argument("to_account")
@click.argument("amount")
@click.option("--currency", default="", help="The account's own currency, if not given.")
@click.option("--key", default="", help="Idempotency key; a new one, if not given.")
@click.option("--reference", default="", help="Words for the payee, at most 140 characters.")
@click.option("--wait/--no-wait", default=True, help="Wait until the transfer is final.")
@click.option("--timeout", type=click.FloatRange(min=0), default=30.0, show_default=True, help="Seconds to wait.")
def command(
    call: Call,
    *,
    from_account: str,
    to_account: str,
    amount: str,
    currency: str,
    key: str,
    reference: str,
    wait: bool,
    timeout: float,
) -> Answer:
    from bank_node.ledger.account import bank_of, read_number
    from bank_node.ledger.money import parse_amount
    from federation.client import BankClient, BankRefused
    from federation.payment import watch
    from federation.roster import read_roster

    payer, payee = read_number(from_account), read_number(to_account)
    roster = read_roster(call.data)
    key = key or f"cli-{uuid4()}"
    with BankClient.of(roster.member(bank_of(payer)), "teller") as client:
        try:
            money = currency.upper() or str(client.account(payer)["currency"])
            minor = parse_amount(amount, money)
            payment = _ordered(client, payer, payee, minor, money, key=key, reference=reference or None)
        except BankRefused as refusal:
            if not refusal.definite or refusal.status in (401, 403, 429, 503):
                raise
            return _refused(call, refusal)

        def tell(seen: Payment) -> None:
            call.ticks.running(f"{call.ticks.paint.chip(seen.chip)} {seen.transaction_id} {seen.seconds:.0f} s")

        if wait:
            payment = watch(client, payment, timeout, tell)
    return _answer(call, payment, wait)


def _ordered(
    client: BankClient, payer: str, payee: str, minor: int, currency: str, *, key: str, reference: str | None
) -> Payment:
    from federation.client import BankAway, BankRefused
    from federation.payment import order

    try:
        return order(
            client,
            from_account=payer,
            to_account=payee,
            amount_minor=minor,
            currency=currency,
            key=key,
            reference=reference,
        )
    except (BankAway, BankRefused) as trouble:
        if isinstance(trouble, BankRefused) and trouble.definite:
            raise
        raise Failure(
            trouble.what,
            why=f"{trouble.why}; nobody knows yet whether the order was taken",
            do=f"send it again with --key {key}: the same key never pays twice",
            code=ExitCode.NOT_RUNNING,
        ) from trouble


def _answer(call: Call, payment: Payment, waited: bool) -> Answer:
    reason = {"code": payment.reason[0], "text": payment.reason[1]} if payment.reason else None
    fields = {
        "transaction_id": payment.transaction_id,
        "status": payment.status,
        "state": payment.state,
        "reason": reason,
        "seconds": payment.seconds,
    }
    code = {"completed": ExitCode.OK, "rejected": ExitCode.REJECTED}.get(
        payment.status, ExitCode.TIME_OUT if waited else ExitCode.OK
    )
    words = f"{call.paint.chip(payment.chip)} {payment.transaction_id}"
    if payment.reason:
        name, why = payment.reason
        words += f"  {why} ({name})" if why else f"  {name}"
    if waited:
        words += f"  {payment.seconds:.1f} s"
    if code == ExitCode.TIME_OUT:
        words += "\nIt is safe and still under way: bankfed logs --trace " + payment.transaction_id
    return Answer(fields, words, code)


def _refused(call: Call, refusal: BankRefused) -> Answer:
    reason = {"code": refusal.reason, "text": refusal.what}
    fields = {"transaction_id": None, "status": "rejected", "reason": reason, "seconds": 0.0}
    words = f"{call.paint.sign('bad')} {refusal.what.rstrip('.')} ({refusal.reason}); nothing was booked"
    return Answer(fields, words, ExitCode.REJECTED)
