"""The table of verbs. What a verb does is in its own file; its help is there too, except for the one line here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    group: str
    module: str
    summary: str
    alias: bool = False  # another name of a verb; not listed


RUN, USE, PROVE, LOOK = "Run", "Use", "Prove", "Look after"

VERBS: dict[str, Entry] = {
    "up": Entry(RUN, "federation.cli.up", "start the federation: a broker and N banks"),
    "down": Entry(RUN, "federation.cli.down", "stop everything; nothing is deleted"),
    "reset": Entry(RUN, "federation.cli.reset", "stop everything and delete the data"),
    "stop": Entry(RUN, "federation.cli.stop", "stop one bank or the broker (--kill: without warning)"),
    "start": Entry(RUN, "federation.cli.start", "start what was stopped or killed"),
    "restart": Entry(RUN, "federation.cli.restart", "stop and start one bank or the broker"),
    "ps": Entry(RUN, "federation.cli.ps", "what runs, and how it is"),
    "status": Entry(RUN, "federation.cli.ps", "what runs, and how it is", alias=True),
    "send": Entry(USE, "federation.cli.send", "send money from one account to another"),
    "desk": Entry(USE, "federation.cli.desk", "stuck work: what waits for somebody, and what can be done"),
    "topic": Entry(USE, "federation.cli.topic", "the records of the topic, decoded"),
    "open": Entry(USE, "federation.cli.open", "open a bank in the browser"),
    "logs": Entry(USE, "federation.cli.logs", "the logs of all banks as one, by time"),
    "demo": Entry(USE, "federation.cli.demo", "a narrated lesson: pay, kill the broker, pay again, heal"),
    "chaos": Entry(PROVE, "federation.cli.chaos", "break it on purpose for a while: list, start, stop, heal"),
    "verify": Entry(PROVE, "federation.cli.verify", "prove that no cent moved wrongly"),
    "sim": Entry(PROVE, "federation.cli.sim", "thousands of histories on a lying broker, each judged"),
    "grade": Entry(PROVE, "federation.cli.grade", "grade a bank's node, of whatever language, with faults on purpose"),
    "bench": Entry(PROVE, "federation.cli.bench", "measure against a yardstick in the same run"),
    "doctor": Entry(LOOK, "federation.cli.doctor", "check this machine and this federation"),
    "rekey": Entry(LOOK, "federation.cli.rekey", "give a bank a new key to seal its messages with"),
    "config": Entry(LOOK, "federation.cli.config", "the settings in force, and where each comes from"),
    "completion": Entry(LOOK, "federation.cli.completion", "completion for bash, zsh, fish or PowerShell"),
    "version": Entry(LOOK, "federation.cli.version", "the version"),
}
