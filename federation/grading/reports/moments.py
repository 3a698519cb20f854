"""What happened around some transfers, moment by moment, as the evidence has it: who ordered, what was answered, when
their records were on the topic and with whom, when money was first seen to have moved, what was broken, who died.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from federation.grading.calls import INFO, READ_STATEMENT, TRANSFER
from federation.grading.evidence import BANK_AWAY, BROKER_AWAY, ENDED, KILLED, POISON, READY, STARTED, Evidence, Fault
from federation.grading.telling import money, seconds

TELLERS, BROKER = "tellers", "broker"  # beside the banks: who acts
MOMENTS_MAX = 30
AGAIN = {2: "a second time", 3: "a third time"}
AROUND_US = 2_000_000  # what was broken so long before and after still belongs to it
SOON_US = 500_000  # who dies so soon after something, may have died of it
SAME_US = 400_000  # a fault and the death that it is

PLAIN, EFFECT, BROKEN, DEAD = "plain", "effect", "broken", "dead"
_ORDER = (BROKEN, PLAIN, EFFECT, DEAD)


@dataclass(frozen=True, slots=True)
class Moment:
    """`to`: a message goes there. `until_us`: of what was broken. `deed`: the same inside a sentence."""

    at_us: int
    who: str
    words: str
    to: str = ""
    tone: str = PLAIN
    until_us: int = 0
    deed: str = ""


def moments(
    evidence: Evidence, transfers: Collection[str], faults: Collection[Fault], span: tuple[int, int]
) -> list[Moment]:
    """In the order they happened. Without transfers: what was broken, and who died, within the span."""
    own = sorted(_of_transfers(evidence, set(transfers)), key=_when)
    if own:
        span = (own[0].at_us - AROUND_US, max(own[-1].at_us, own[0].at_us) + AROUND_US)
    banks = banks_of(evidence, transfers) if transfers else {bank.id for bank in evidence.town.banks}
    others = {bank.id for bank in evidence.town.banks} - banks
    broken = _merged(list(_faults(faults, banks, others, span)), list(_lives(evidence, banks, span)))
    around = sorted([*broken, *_put(evidence, set(transfers), banks, span)], key=_when)
    return sorted(_cut(own, around), key=_when)


def banks_of(evidence: Evidence, transfers: Collection[str]) -> set[str]:
    """Those that these transfers are between, as far as anybody said so."""
    found: set[str] = set()
    for id_ in transfers:
        sent = evidence.history.accepted.get(id_)
        found |= {sent.from_bank, sent.to_bank} if sent else set()
        for account, _ in evidence.history.final.lines_of(id_):
            kept = evidence.town.find(account)
            found |= {kept.bank} if kept else set()
    known = {bank.id for bank in evidence.town.banks}
    return found & known or known


def circumstance(told: Collection[Moment]) -> str:
    """The sentence after the finding's own: who died how soon after what, or else what was broken meanwhile."""
    soonest: tuple[int, str] | None = None
    for death in (one for one in told if one.tone == DEAD):
        lived = [one for one in told if one.tone != DEAD and death.who in (one.who, one.to)]
        before = [one for one in lived if one.deed and one.at_us <= death.at_us]
        after_us = death.at_us - before[-1].at_us if before else SOON_US
        if after_us < (soonest[0] if soonest else SOON_US):
            soonest = after_us, f"{death.who} {death.deed} {gap(after_us)} after {before[-1].deed}."
    if soonest:
        return soonest[1]
    broken = sorted((o for o in told if o.tone == BROKEN or o.until_us), key=lambda one: not one.until_us)
    return next((f"Meanwhile: {_subject(one)}{one.words}." for one in broken), "")  # what lasted before all else


def undelivered(evidence: Evidence, id_: str) -> str:
    """Where its record went to the topic and was never handed to the bank it is for. Asked where somebody watched."""
    sent = evidence.history.accepted.get(id_)
    if sent is None or sent.is_local or not any(ack.transaction_id == id_ for ack in evidence.acks):
        return ""
    handed = any(one.transaction_id == id_ and one.bank == sent.to_bank for one in evidence.deliveries)
    return (
        "" if handed else f"Its record was on the topic, and {sent.to_bank} had not fetched it when all was read again."
    )


def _subject(one: Moment) -> str:
    """A fault names whom it is about itself."""
    if one.tone == DEAD:
        return f"{one.who} "
    return "" if one.until_us else f"the {one.who} "


def _merged(faults: list[Moment], lives: list[Moment]) -> list[Moment]:
    """A bank that was killed on purpose is one moment, not two."""
    found = []
    for life in lives:
        own = [
            one for one in faults if life.tone == DEAD and one.who == life.who and abs(one.at_us - life.at_us) < SAME_US
        ]
        for fault in own[:1]:
            faults.remove(fault)
            life = replace(life, words=f"{life.words}; {fault.words}", until_us=fault.until_us)  # noqa: PLW2901
        found.append(life)
    return faults + found


def gap(us: int) -> str:
    return seconds(us) if us >= 1_000_000 else f"{us / 1_000:.0f} ms"


def _when(moment: Moment) -> tuple[int, int]:
    return moment.at_us, _ORDER.index(moment.tone)


def _cut(own: list[Moment], around: list[Moment]) -> list[Moment]:
    """Not more than fit a picture: of what was broken the first, of the transfer the beginning and the end."""
    around = around[: MOMENTS_MAX // 2]
    room = MOMENTS_MAX - len(around)
    half = room // 2
    return around + (own if len(own) <= room else own[:half] + own[-half:])


def _of_transfers(evidence: Evidence, ids: set[str]) -> Iterator[Moment]:
    keys = {(sent.from_bank, sent.key) for id_, sent in evidence.history.accepted.items() if id_ in ids}
    it = {id_: "it" if len(ids) == 1 else id_ for id_ in ids}
    for call in evidence.history.of.get(TRANSFER, ()):
        if call.transaction_id not in ids and (call.bank, call.key) not in keys:
            continue
        road = f"{money(call.amount_minor)} from {evidence.town.label(call.account)}"
        goal = evidence.town.label(str(call.request.get("to_account")))
        yield Moment(
            call.begun_us,
            TELLERS,
            f"{call.client} orders {road} to {goal} (key {call.key})",
            call.bank,
            deed="it was asked",
        )
        if call.outcome == INFO:
            yield Moment(call.ended_us or call.begun_us, TELLERS, f"{call.client} gets no answer that says anything")
        elif call.ended_us is not None:
            said = " ".join(str(one) for one in (call.http_status, call.status) if one)
            which = f" ({call.transaction_id})" if len(ids) > 1 and call.transaction_id in ids else ""
            yield Moment(call.ended_us, call.bank, f"answers {said}{which}", TELLERS, deed="it had answered")
    for ack in evidence.acks:
        if ack.transaction_id in ids:
            where = f"partition {ack.partition}, offset {ack.offset}"
            yield Moment(
                ack.at_us,
                ack.bank,
                f"has a record of {it[ack.transaction_id]} on the topic ({where})",
                BROKER,
                deed="the broker had its record",
            )
    for one in evidence.deliveries:
        if one.transaction_id in ids:
            yield Moment(
                one.at_us,
                BROKER,
                f"hands {one.bank} a record of {it[one.transaction_id]}",
                one.bank,
                deed="it was handed the record",
            )
    for id_ in sorted(ids):
        yield from _sightings(evidence, id_, it[id_])
        yield from _statuses(evidence, id_, it[id_])


def _sightings(evidence: Evidence, id_: str, it: str) -> Iterator[Moment]:
    """When a line of a statement that names it was first seen, for each line."""
    accounts = {account for account, _ in evidence.history.final.lines_of(id_)}
    seen: dict[str, int] = {}
    for call in sorted(evidence.history.done(READ_STATEMENT), key=lambda call: call.ended_us or 0):
        if call.account not in accounts:
            continue
        lines = [line for line in call.answer.get("lines", ()) if line.get("transaction_id") == id_]
        for number, line in enumerate(lines[seen.get(call.account, 0) :], seen.get(call.account, 0) + 1):
            again = "" if number == 1 else f", {AGAIN.get(number, f'time {number}')}"
            moved = ("+" if line["amount_minor"] > 0 else "") + money(line["amount_minor"])
            label, of = evidence.town.label(call.account), "" if it == "it" else f", of {it}"
            yield Moment(
                call.ended_us or 0, call.bank, f"shows {moved} in the statement of {label}{again}{of}", tone=EFFECT
            )
        seen[call.account] = max(seen.get(call.account, 0), len(lines))


def _statuses(evidence: Evidence, id_: str, it: str) -> Iterator[Moment]:
    """Each status that its bank called it, when it first did so after another one."""
    sent = evidence.history.accepted.get(id_)
    last = ""
    for call in evidence.history.status_readings.get(id_, ()):
        if call.status != last and (sent is None or call.bank == sent.from_bank):
            last = call.status
            yield Moment(call.ended_us or call.begun_us, call.bank, f"calls {it} {call.status}", tone=EFFECT)


def _faults(
    faults: Collection[Fault], banks: Collection[str], others: Collection[str], span: tuple[int, int]
) -> Iterator[Moment]:
    """Of these banks, and of what all of them share; not of the others."""
    for fault in faults:
        who = fault.target if fault.target in banks else BROKER
        if fault.target in others or not fault.overlaps(span[0], span[1] + 1):
            continue
        away = fault.what in (BROKER_AWAY, BANK_AWAY)
        what = f"{'the broker' if who == BROKER else who} is away" if away else fault.what.replace("_", " ")
        lasted = f" for {gap(fault.ended_us - fault.begun_us)}" if fault.ended_us - fault.begun_us > 1_000 else ""
        proof = f": {fault.proof}" if fault.proof else ""
        words = f"{fault.nemesis}, {what}{lasted}{proof}"
        yield Moment(fault.begun_us, who, words, tone=BROKEN, until_us=fault.ended_us)


def _lives(evidence: Evidence, banks: Collection[str], span: tuple[int, int]) -> Iterator[Moment]:
    deeds = {KILLED: "was killed", ENDED: "ended by itself", STARTED: "", READY: ""}
    words = {KILLED: "is killed (SIGKILL)", ENDED: "ends by itself", STARTED: "is started again", READY: "is ready"}
    died: set[str] = set()
    for event in evidence.nodes:
        if event.what in words and event.bank in banks and span[0] <= event.at_us <= span[1]:
            dead = event.what in (KILLED, ENDED)
            if not dead and event.bank not in died:
                continue  # its first start is nobody's news
            died |= {event.bank} if dead else set()
            tone = DEAD if dead else PLAIN
            yield Moment(event.at_us, event.bank, words[event.what], tone=tone, deed=deeds[event.what])


def _put(evidence: Evidence, ids: set[str], banks: Collection[str], span: tuple[int, int]) -> Iterator[Moment]:
    """What the grader itself did to the topic; records of a kind that were put there together are one moment."""
    together: dict[tuple[int, str, str, str], int] = Counter()
    for record in evidence.hostile:
        named = record.transaction_id if record.transaction_id in ids else ""
        if named or (record.bank in banks and span[0] <= record.at_us <= span[1]):
            together[record.at_us, record.bank, record.kind, named] += 1
    for (at_us, bank, kind, named), count in together.items():
        what = "that nobody can read" if kind == POISON else "that are forged"
        records = f"{count} records {what}" if count > 1 else f"a record {what.replace('are', 'is')}"
        names = f" and name{'' if count > 1 else 's'} {named}" if named else ""
        yield Moment(at_us, BROKER, f"gets {records}{names} from the grader, for {bank}", bank, BROKEN)
    for loss in evidence.losses:
        if span[0] <= loss.at_us <= span[1]:
            yield Moment(
                loss.at_us, BROKER, f"loses acknowledged records by the grader's hand ({loss.how})", tone=BROKEN
            )
