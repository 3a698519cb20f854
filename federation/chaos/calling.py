"""How `bankfed chaos` reaches the fault keeper: a letter, and its answer. Healing needs nobody to answer.

Who does not answer is killed, and put right by whoever comes after him: another fault keeper where a supervisor lives,
else this process, with what can be put right without one.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from federation.chaos import journal as journals
from federation.chaos.journal import CAPPED, PAUSED
from federation.failure import ExitCode, Failure
from federation.folder import Folder, write_json
from federation.launcher import mailbox
from federation.launcher.mailbox import Letter
from federation.launcher.processes import Process
from federation.launcher.status import supervisor_of

BOX, ANSWERS = "fault-requests", "fault-answers"
POLL_S = 0.02
HERE_S_MAX = 10.0  # until a fault keeper is there
ANSWER_S_MAX = 420.0  # a bank may have to end and come up again, a broker too
BUSY_S_MAX = 60.0  # until he has taken the letter: he may be in the middle of something
LISTENS_S_MAX = 60.0  # the same, where he is killed if he does not
Answer = dict[str, Any]


class NoAnswer(Failure):
    """The fault keeper is gone, or stands still."""


def keeper_of(folder: Folder) -> Process | None:
    found = Process.from_json(folder.state().get("faults"))
    return found if found is not None and found.alive else None


def answer(folder: Folder, letter: Letter, said: Mapping[str, Any]) -> None:
    """The fault keeper's side of `ask`."""
    (folder.run / ANSWERS).mkdir(mode=0o700, exist_ok=True)
    write_json(folder.run / ANSWERS / letter.path.name, said)


def ask(folder: Folder, request: Mapping[str, Any], listens_s: float = BUSY_S_MAX) -> Answer:
    """What the fault keeper says to it. Raises Failure: his own words, or NoAnswer."""
    keeper = _summon(folder)
    letter = mailbox.drop(folder, BOX, dict(request))
    keeper.send(signal.SIGUSR1)
    file = folder.run / ANSWERS / letter.name
    said = _answered(file, letter, keeper, listens_s)
    if said is None and letter.exists() and not keeper.alive:  # he had nothing to do, and went before he read it
        keeper = _summon(folder)
        said = _answered(file, letter, keeper, listens_s)
    letter.unlink(missing_ok=True)
    if said is None:
        raise NoAnswer(
            "the fault keeper does not answer",
            why=f"process {keeper.pid} {'stands still' if keeper.alive else 'has died'}",
            do="bankfed chaos heal puts everything right",
            log=folder.log,
        )
    if said.get("ok") or "said" in said:
        return said
    what, why, do = (str(said.get(name, "")) for name in ("what", "why", "do"))
    raise Failure(what, why, do, code=ExitCode(int(said.get("code", ExitCode.FAILED))))


def heal(folder: Folder) -> Answer:
    """`ok` and `said`. Raises Failure where there is no federation."""
    folder.read_spec()
    said: list[str] = []
    if supervisor_of(folder) is None:
        return _heal_here(folder)
    keeper = keeper_of(folder)
    if keeper is None and not journals.is_open(folder):
        return {"ok": True, "said": []}
    try:
        before = [str(one["words"]) for one in journals.of(folder).faults]
        found = ask(folder, {"do": "heal"}, LISTENS_S_MAX)
        if before and not found["said"]:
            said.append(f"whoever held them had died; put right by the next one: {', '.join(before)}")
        return {**found, "said": said + found["said"]}
    except NoAnswer as gone:
        said.append(f"{gone.what}: {gone.why}; another one puts right what he held")
        if keeper is not None:
            keeper.send(signal.SIGKILL)
            keeper.gone_within(HERE_S_MAX)
    try:
        found = ask(folder, {"do": "heal"})
    except NoAnswer:  # there will be none: its doors' ports are taken, say
        found = _heal_here(folder)
    return {**found, "said": [*said, *found["said"]]}


def _heal_here(folder: Folder) -> Answer:
    """From the journal, in this process. A supervisor that is gone took his banks with him, and `up` starts them."""
    from federation.chaos.site import FederationSite, settle
    from federation.launcher.broker_keeper import broker_of

    if not journals.is_open(folder):
        return {"ok": True, "said": []}
    journal, spec = journals.of(folder), folder.read_spec()
    site = FederationSite(folder, spec, broker_of(spec, folder), journal)
    said = settle(site, journal, only=(PAUSED, CAPPED))  # a bank on its way out cannot end while it is frozen
    if supervisor_of(folder) is None:
        said.append("the federation does not run: bankfed up starts what was down")
        journal.begin(None)
    said += settle(site, journal)
    journal.tell([])
    return {"ok": not journal.debts, "said": said}


def _summon(folder: Folder) -> Process:
    """The living fault keeper; where there is none the supervisor is asked for one. Raises Failure."""
    folder.read_spec()
    until = time.monotonic() + HERE_S_MAX
    while (keeper := keeper_of(folder)) is None:
        supervisor = supervisor_of(folder)
        if supervisor is None:
            raise Failure("the federation does not run", do="bankfed up", code=ExitCode.NOT_RUNNING)
        if time.monotonic() > until:
            raise NoAnswer("there is no fault keeper", why=f"none within {HERE_S_MAX:.0f} s", log=folder.log)
        mailbox.post(folder, supervisor, {"do": "faults"})
        time.sleep(POLL_S)
    return keeper


def _answered(file: Path, letter: Path, keeper: Process, listens_s: float) -> Answer | None:
    began_s = time.monotonic()
    while not file.exists():
        waited_s = time.monotonic() - began_s
        if waited_s > (listens_s if letter.exists() else ANSWER_S_MAX):
            return None
        if not keeper.alive and not file.exists():
            return None
        time.sleep(POLL_S)
    said: Answer = json.loads(file.read_text(encoding="utf-8"))
    file.unlink(missing_ok=True)
    return said
