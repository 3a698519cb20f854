"""The stuck-work desk: what waits for somebody at each bank, and what can be done about it.

An item is named as the list names it: quarantine/12, incident/3, or just the id of a payment. Looking, asking and
marking are done as the bank's teller, the other acts as its supervisor. Nothing moves money past the protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from federation.cli.call import Answer, Call, complete_banks, verb
from federation.cli.show import Paint, table
from federation.failure import ExitCode, Failure

if TYPE_CHECKING:
    from federation.client import BankClient
    from federation.roster import Roster

ROLES = dict.fromkeys(("redrive", "agree", "refuse", "pay-out"), "supervisor")  # the others: teller
CASH = "cash"
KINDS = {
    "conflict": "conflicts",
    "stuck": "open too long",
    "recall": "recalls to answer",
    "unclaimed": "unclaimed money",
    "parked": "messages that cannot be sent",
    "quarantine": "unreadable messages",
    "incident": "incidents",
    "sent_back": "sent back",
    "returned": "returned",
}
LINES = 20


@verb(
    ("bankfed desk", "what waits at every bank"),
    ("bankfed desk ALFA --kind quarantine", "one pile at one bank"),
    ("bankfed desk ALFA --ask ID", "ask the other bank once more what became of a payment"),
    ("bankfed desk ALFA --redrive quarantine/12", "judge a record again, as if it had just been read"),
    ("bankfed desk ALFA --seen incident/3", "take it off the list"),
    ("bankfed desk ALFA --refuse recall/BRVO:ID --reason 'he keeps it'", "answer another bank that wants money back"),
    ("bankfed desk ALFA --pay-out unclaimed/4 --to ACCOUNT", "pay out what came back for an account that is closed"),
)
@click.argument("bank", required=False, default="", shell_complete=complete_banks)
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only this pile.")
@click.option("--handled", is_flag=True, help="What was marked seen or is decided, instead of what waits.")
@click.option("--ask", metavar="ID", help="Ask again what became of a payment.")
@click.option("--take-back", metavar="ID", help="Ask the other bank to refuse a payment for ever.")
@click.option("--redrive", metavar="ITEM", help="Say a payment again now; judge a record again.")
@click.option("--agree", metavar="ITEM", help="Agree to a recall: its money goes back.")
@click.option("--refuse", metavar="ITEM", help="Refuse a recall.")
@click.option("--reason", default="", help="Why a recall is refused; the other bank's staff read it.")
@click.option("--pay-out", metavar="ITEM", help="Pay out unclaimed money, once.")
@click.option("--to", metavar="ACCOUNT", help=f"To whom it is paid out: an account of the bank, or {CASH}.")
@click.option("--seen", metavar="ITEM", help="Mark an item seen.")
def command(
    call: Call, *, bank: str, kind: str | None, handled: bool, reason: str, to: str | None, **acts: str | None
) -> Answer:
    from federation.roster import read_roster

    roster = read_roster(call.data)
    asked = {name.replace("_", "-"): item for name, item in acts.items() if item}
    if not asked:
        names = [bank.upper()] if bank else list(roster.members)
        return _listed(call, {name: _look(roster, name, kind, handled) for name in names}, handled)
    if len(asked) > 1 or not bank:
        raise Failure("one act at one bank", do="bankfed desk ALFA --ask ID", code=ExitCode.USAGE)
    ((act, item),) = asked.items()
    if to and act != "pay-out":
        raise Failure(
            "--to goes with --pay-out", do="bankfed desk ALFA --pay-out unclaimed/4 --to ACCOUNT", code=ExitCode.USAGE
        )
    if act == "pay-out":
        return _paid_out(call, roster, bank, item, to)
    return _done(call, roster, bank, act, item, reason)


def _look(roster: Roster, bank: str, kind: str | None, handled: bool) -> Mapping[str, Any]:
    from federation.client import BankClient

    query: dict[str, str | int] = {"limit": LINES}
    if kind:
        query["kind"] = kind
    if handled:
        query["seen"] = "true"
    with BankClient.of(roster.member(bank), "teller") as client:
        return client.desk(**query)


def _done(call: Call, roster: Roster, bank: str, act: str, item: str, reason: str) -> Answer:
    from federation.client import BankClient

    kind, slash, id_ = item.partition("/")
    if not slash:
        kind, id_ = "stuck", item
    member = roster.member(bank)
    with BankClient.of(member, ROLES.get(act, "teller")) as client:
        if act in ("agree", "refuse"):
            said = _answered(client, kind, id_, act, reason)
        else:
            said = client.desk_act(kind, id_, act, key=f"cli-{uuid4()}")
    came = said.get("words") or said.get("outcome") or ""
    words = f"{call.paint.sign('ok')} {member.id} {kind}/{id_}: {act}" + (f", {came}" if came else "")
    return Answer({"bank": member.id, **said}, words)


def _paid_out(call: Call, roster: Roster, bank: str, item: str, to: str | None) -> Answer:
    from federation.client import BankClient

    kind, slash, id_ = item.rpartition("/")
    if (slash and kind != "unclaimed") or not (id_.isascii() and id_.isdigit()):
        raise Failure("which item?", do="bankfed desk ALFA --kind unclaimed lists them", code=ExitCode.USAGE)
    if not to or not to.strip():
        raise Failure(
            "to which account?", do=f"--to ACCOUNT, or --to {CASH} when it is paid at the counter", code=ExitCode.USAGE
        )
    member, account = roster.member(bank), None if to.strip().lower() == CASH else to.strip()
    with BankClient.of(member, ROLES["pay-out"]) as client:
        said = client.pay_out(int(id_), account, key=f"cli-{uuid4()}")
    where = f"to {account}" if account else "in cash"
    words = f"{call.paint.sign('ok')} {member.id} unclaimed/{id_}: paid out {where}, entry {said.get('entry_id')}"
    return Answer({"bank": member.id, "kind": "unclaimed", "id": id_, "act": "pay-out", **said}, words)


def _answered(client: BankClient, kind: str, id_: str, act: str, reason: str) -> Mapping[str, Any]:
    from_bank, colon, recall_id = id_.partition(":")
    if kind != "recall" or not colon:
        raise Failure(
            "which recall?", do=f"bankfed desk ALFA --{act} recall/BRVO:ID, as the list names it", code=ExitCode.USAGE
        )
    if act == "refuse" and not reason.strip():
        raise Failure(
            "why is it refused?",
            why="the other bank's staff will read it",
            do="--reason 'in words'",
            code=ExitCode.USAGE,
        )
    said = client.answer_recall(from_bank, recall_id, agree=act == "agree", reason=reason, key=f"cli-{uuid4()}")
    return {"kind": kind, "id": id_, "act": act, "outcome": said.get("return_id"), **said}


def _listed(call: Call, found: Mapping[str, Mapping[str, Any]], handled: bool) -> Answer:
    banks = [
        {"id": bank, "counts": desk["counts"], "items": desk["items"], "more": bool(desk["next"])}
        for bank, desk in found.items()
    ]
    return Answer({"banks": banks}, "\n\n".join(_words(bank, call.paint, handled) for bank in banks))


def _words(bank: Mapping[str, Any], paint: Paint, handled: bool) -> str:
    waits = ", ".join(f"{KINDS.get(kind, kind)}: {count:,}" for kind, count in bank["counts"].items() if count)
    head = f"{paint.bold(str(bank['id']))}  {waits or 'nothing waits here'}"
    rows = [[_item(item, paint), item["at"][:16].replace("T", " "), item["text"]] for item in bank["items"]]
    if not rows:
        return head if not handled else f"{paint.bold(str(bank['id']))}  nothing was handled yet"
    for row, item in zip(rows, bank["items"], strict=True):
        row[2] += "".join(f" {_act(act)}" for act in item["acts"])
        if item.get("seen") and not any(act["act"] == "seen" for act in item["acts"]):
            row[2] += f" Decided by {item['seen']['by']}."
    more = f"\n{paint.dim('and more: bankfed desk ' + str(bank['id']) + ' --kind …')}" if bank["more"] else ""
    return f"{head}\n{table(['item', 'since (UTC)', 'what is known'], rows, paint)}{more}"


def _item(item: Mapping[str, Any], paint: Paint) -> str:
    name = f"{item['kind']}/{item['id']}"
    return paint.red(name) if item["kind"] == "conflict" else name


def _act(act: Mapping[str, Any]) -> str:
    said = f": {act['said']}" if act.get("said") else ""
    return f"{str(act['act']).capitalize()} by {act['by']}{said}."
