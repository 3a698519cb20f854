"""What a report says of a scenario in which the node failed: sentence, picture, and the records and lines behind it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from federation.grading.bundle import PLAN
from federation.grading.calls import READ_ACCOUNT, Call
from federation.grading.checkers import CHECKERS
from federation.grading.checkers.finding import UNSAFE, Finding
from federation.grading.course.outcome import Outcome, Run
from federation.grading.evidence import Evidence
from federation.grading.reports.drawing import Drawing, drawing
from federation.grading.reports.lessons import lesson
from federation.grading.reports.moments import Moment, banks_of, circumstance, moments, undelivered
from federation.grading.reports.quoting import NAME, RECORD, SENTENCE, brief, lines_of, shown
from federation.grading.score import Line
from federation.grading.telling import money

TRANSFERS_MAX = 2  # that are followed in one picture
RECORDS_MAX, CALLS_MAX, LOG_LINES_MAX, LOG_LINES_AROUND = 20, 40, 60, 12
LOG_BYTES_MAX = 4 * 1024 * 1024
FINDS = {  # what a scenario is there to find, where that is not what is found most often
    **dict.fromkeys(("A1",), ("Q04", "Q11")),
    **dict.fromkeys(("A4", "F3"), ("Q02", "Q04")),
    **dict.fromkeys(("F1", "F2"), ("Q12",)),
    **dict.fromkeys(("N11", "N12"), ("Q05",)),
    **dict.fromkeys(("N26", "N27", "N28"), ("Q09", "Q14", "Q05")),
    "N25": ("Q15",),
}
ARRIVES = ("Q06", "Q08", "Q15")  # about money that does not
TITLES = {checker.id: checker.title for checker in CHECKERS} | {
    "custody": "The process starts, stays, and keeps to its limits",
    "replay": "The whole history, once more through a model on paper",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A moment of the list beside the picture; `at`: seconds since the scenario began."""

    at: str
    who: str
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """All of it is text to be escaped, and already cut to a length."""

    line: Line
    sentence: str
    circumstance: str
    more: tuple[str, ...]  # what else was found in this scenario
    expected: str
    seen: str
    checker: str
    checker_title: str
    lesson: str
    repro: str
    smallest: str  # the same with nothing but this order; empty where nobody knows which it was
    fails: str  # "fails 2 of 3 runs"; empty where it was run once
    proof: str
    told: tuple[Told, ...]
    drawing: Drawing | None
    followed: str  # which transfers the picture follows
    records: tuple[tuple[str, str], ...]  # where it lies on the topic, and what it says
    calls: tuple[tuple[str, str, str, str], ...]  # when, who asked whom, what, and what was answered
    lines: tuple[tuple[str, str], ...]  # account, and its statement's line in the end
    logs: tuple[tuple[str, tuple[str, ...]], ...]
    bundle: str


def chapters(outcome: Outcome) -> list[Chapter]:
    """One for each scenario with findings against the node, in the order of the sheet."""
    found = []
    for line in outcome.score.lines:
        runs = outcome.runs_of(line.scenario.id)
        failed = [run for run in runs if run.result.against_the_node]
        if failed:
            worst = min(failed, key=lambda run: run.result.verdict != UNSAFE)
            fails = f"fails {len(failed)} of {len(runs)} runs" if len(runs) > 1 else ""
            found.append(_chapter(line, worst, fails))
    return found


def _chapter(line: Line, run: Run, fails: str) -> Chapter:
    findings = [one.finding for one in run.result.against_the_node]
    first, *others = sorted(findings, key=lambda one: _place(run, one))
    told, ids = _moments(run, first), first.transfers
    return Chapter(
        line=line,
        sentence=shown(brief(first.sentence, ids)),
        circumstance=shown(brief(_circumstance(run, told, first), ids)),
        more=_more(others),
        expected=shown(brief(first.expected, ids)),
        seen=shown(brief(first.seen, ids)),
        checker=first.checker,
        checker_title=TITLES.get(first.checker, ""),
        lesson=lesson(line.scenario.lesson),
        repro=shown(run.repro),
        smallest=_smallest(run, first),
        fails=fails,
        proof=shown(run.result.proof),
        told=tuple(_told(one, run.begun_us, ids) for one in told),
        drawing=drawing(told, run.evidence, banks_of(run.evidence, ids) if ids else ()) if run.evidence else None,
        followed=", ".join(shown(id_, NAME) for id_ in first.transfers[:TRANSFERS_MAX]),
        records=_records(run.evidence, first) if run.evidence else (),
        calls=_calls(run.evidence, first, run.begun_us) if run.evidence else (),
        lines=_lines(run.evidence, first) if run.evidence else (),
        logs=_logs(run, first),
        bundle=shown("/".join(run.bundle.parts[-2:]), NAME) if run.bundle else "",
    )


def _circumstance(run: Run, told: Sequence[Moment], finding: Finding) -> str:
    ids = finding.transfers if finding.checker in ARRIVES else ()
    watched = run.evidence is not None and (run.bundle is not None or run.evidence.deliveries)  # a real run always is
    waiting = undelivered(run.evidence, ids[0]) if run.evidence and watched and ids else ""
    return " ".join(one for one in (circumstance(told), waiting) if one)


def _smallest(run: Run, finding: Finding) -> str:
    """By the keys under which the transfers were ordered: the plan beside the evidence knows their steps."""
    if run.evidence is None or run.bundle is None or not run.repro:
        return ""
    accepted = run.evidence.history.accepted
    keys = {accepted[id_].key for id_ in finding.transfers[:TRANSFERS_MAX] if id_ in accepted}
    try:
        steps = json.loads((run.bundle / PLAN).read_text(encoding="utf-8"))["steps"]
        named = [str(step["id"]) for step in steps if step["key"] in keys and not step["repeats"]]
        named = [id_ for id_ in named if id_.startswith(f"{run.scenario}.")]  # else it was another scenario's order
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return shown(" ".join([run.repro, *(f"--only {id_}" for id_ in named)])) if named else ""


def _place(run: Run, one: Finding) -> tuple[bool, bool, bool, bool, bool]:
    """What the scenario is there to find comes first, then what names a transfer of its own: it can be followed."""
    found = one.checker in FINDS.get(run.scenario, ())
    accepted = run.evidence.history.accepted if run.evidence else {}
    own = any(id_ in accepted and accepted[id_].accepted_us >= run.begun_us for id_ in one.transfers)
    return one.weight != UNSAFE, not found, not one.transfers, not own, not one.cents


def _more(others: Sequence[Finding]) -> tuple[str, ...]:
    """One sentence of each kind, and how many more there are of it."""
    first: dict[str, Finding] = {}
    for one in others:
        first.setdefault(one.checker, one)
    count = Counter(one.checker for one in others)
    return tuple(
        f"{checker} {shown(brief(one.sentence, one.transfers))}"
        + (f" (and {count[checker] - 1} more of this kind)" if count[checker] > 1 else "")
        for checker, one in first.items()
    )


def _moments(run: Run, finding: Finding) -> list[Moment]:
    if run.evidence is None:
        return []
    return moments(run.evidence, finding.transfers[:TRANSFERS_MAX], run.faults, (run.begun_us, run.ended_us))


def _told(moment: Moment, begun_us: int, ids: Sequence[str]) -> Told:
    words = shown(brief(moment.words, ids), SENTENCE // 2)
    return Told(_at(moment.at_us, begun_us), moment.who, words, moment.tone)


def _at(at_us: int, begun_us: int) -> str:
    return f"{(at_us - begun_us) / 1_000_000:.3f} s"


def _records(evidence: Evidence, finding: Finding) -> tuple[tuple[str, str], ...]:
    """As they lie on the topic; where nobody kept their text, their hash."""
    named = set(finding.transfers)
    lying = [record for record in evidence.topic or () if record.transaction_id and record.transaction_id in named]
    return tuple(
        (
            f"partition {record.partition}, offset {record.offset}",
            shown(record.text, RECORD) if record.text else f"SHA-256 {shown(record.sha256, NAME)}",
        )
        for record in lying[:RECORDS_MAX]
    )


def _calls(evidence: Evidence, finding: Finding, begun_us: int) -> tuple[tuple[str, str, str, str], ...]:
    """What was asked about it: orders, and readings of the transfer where they say something new."""
    ids = set(finding.transfers[:TRANSFERS_MAX])
    keys = {(sent.from_bank, sent.key) for id_ in ids if (sent := evidence.history.accepted.get(id_))}
    about = [c for c in evidence.history.calls if c.transaction_id in ids or (c.key and (c.bank, c.key) in keys)]
    rows, last = [], ""
    for call in about:
        answered = _answer(call)
        same = f"{call.bank} {call.do} {answered}"
        if same != last or call.key:
            rows.append(
                (
                    _at(call.begun_us, begun_us),
                    f"{shown(call.client, NAME)} → {call.bank}",
                    shown(f"{call.do.replace('_', ' ')} {call.key}".strip(), NAME),
                    shown(answered, SENTENCE // 2),
                )
            )
        last = same
    return tuple(rows[:CALLS_MAX])


def _answer(call: Call) -> str:
    if call.ended_us is None:
        return "no answer before the end"
    said = call.answer.get("balance_minor") if call.do == READ_ACCOUNT else call.status
    http = call.http_status if call.http_status is not None else "no answer"
    return " ".join(str(one) for one in (http, said, call.answer.get("transaction_id")) if one not in (None, ""))


def _lines(evidence: Evidence, finding: Finding) -> tuple[tuple[str, str], ...]:
    """Both banks' lines that name it, as they were read in the end; of an account that is named, its newest ones."""
    if not finding.transfers:
        return tuple(_newest(evidence, finding))
    return tuple(
        (
            evidence.town.label(account),
            f"{'+' if line.amount_minor > 0 else ''}{money(line.amount_minor)} {shown(id_, NAME)}",
        )
        for id_ in finding.transfers[:TRANSFERS_MAX]
        for account, line in evidence.history.final.lines_of(id_)[:RECORDS_MAX]
    )


def _newest(evidence: Evidence, finding: Finding) -> Iterator[tuple[str, str]]:
    named = [account for account in evidence.town.accounts() if _names(finding, evidence.town.label(account.number))]
    for account in named[:2]:
        for line in evidence.history.final.statements.get(account.number, ())[-RECORDS_MAX // 2 :]:
            stands = "" if line.balance_minor is None else f", then {money(line.balance_minor)}"
            moved = f"{'+' if line.amount_minor > 0 else ''}{money(line.amount_minor)}"
            yield evidence.town.label(account.number), f"{moved} {shown(line.transaction_id, NAME)}{stands}"


def _names(finding: Finding, label: str) -> bool:
    return re.search(rf"\b{re.escape(label)}\b", finding.sentence) is not None


def _logs(run: Run, finding: Finding) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Of each bank concerned: what it printed around the first line that names the transfer; else its last lines."""
    banks = banks_of(run.evidence, finding.transfers) if run.evidence and finding.transfers else set(run.logs)
    found = ((bank, _log(run.logs[bank], finding.transfers)) for bank in sorted(banks) if bank in run.logs)
    return tuple((bank, tuple(lines)) for bank, lines in found if lines)


def _log(file: Path, transfers: Sequence[str]) -> list[str]:
    try:
        with file.open("rb") as log:
            text = log.read(LOG_BYTES_MAX).decode("utf-8", errors="replace")
    except OSError:
        return []
    lines = text.splitlines()
    named = [place for place, line in enumerate(lines) if any(id_ in line for id_ in transfers if id_)]
    if not named:
        return lines_of(text, LOG_LINES_AROUND)
    first, last = named[0] - LOG_LINES_AROUND // 2, named[-1] + LOG_LINES_AROUND // 2
    return lines_of("\n".join(lines[max(0, first) : last + 1][:LOG_LINES_MAX]), LOG_LINES_MAX)
