"""What a verb is handed (Call), what it gives back (Answer), and the decorator that makes a function a verb."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from federation.cli.show import Paint, TickList
from federation.failure import ExitCode

DATA_DIR = ".bankfed"
Example = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """`fields` are the verb's own members of its JSON object; `text` is what people read instead."""

    fields: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    code: int = ExitCode.OK
    ok: bool | None = None  # None: the code is 0


class Call:
    """One call of a verb: the data folder it means, how to answer, where to say what is under way."""

    def __init__(self, data: Path, as_json: bool = False, debug: bool = False) -> None:
        self.data = data
        self.as_json = as_json
        self.debug = debug

    @cached_property
    def paint(self) -> Paint:
        return Paint.of(sys.stdout)

    @cached_property
    def ticks(self) -> TickList:
        return TickList(sys.stderr, quiet=self.as_json)

    @property
    def on_terminal(self) -> bool:
        return sys.stdout.isatty()

    def progress(self, text: str) -> None:
        """A line on stderr; nothing with --json."""
        self.ticks.say(text)

    def give(self, answer: Answer) -> int:
        self.ticks.clear()
        ok = answer.code == ExitCode.OK if answer.ok is None else answer.ok
        if self.as_json:
            print_json({"ok": ok, **answer.fields})
        elif answer.text:
            print(answer.text, flush=True)
        return int(answer.code)


def print_json(answer: Mapping[str, object]) -> None:
    print(json.dumps(answer, ensure_ascii=False, default=str, indent=2 if sys.stdout.isatty() else None), flush=True)


class VerbCommand(click.Command):
    """A verb whose help starts with examples."""

    examples: tuple[Example, ...] = ()

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        summary, _, more = (self.help or "").partition("\n\n")
        formatter.write_text(summary)
        write_examples(formatter, self.examples)
        formatter.write_paragraph()
        if more:
            formatter.write_text(more)
            formatter.write_paragraph()
        self.format_usage(ctx, formatter)
        self.format_options(ctx, formatter)


def write_examples(formatter: click.HelpFormatter, examples: tuple[Example, ...]) -> None:
    if examples:
        with formatter.section("Examples"):
            formatter.write_dl(list(examples), col_max=60)


def verb(*examples: Example) -> Callable[[Callable[..., Answer]], VerbCommand]:
    """Makes `command(call, …) -> Answer` a verb. Its module's docstring is its help; examples come first."""

    def make(function: Callable[..., Answer]) -> VerbCommand:
        @wraps(function)
        def called(data: str, as_json: bool, debug: bool, **arguments: Any) -> int:
            call = Call(Path(data).expanduser().absolute(), as_json, debug)
            try:
                return call.give(function(call, **arguments))
            finally:
                call.ticks.clear()  # what is said of a failure begins on a line of its own

        with_options = called
        for option in reversed(COMMON_OPTIONS):
            with_options = option(with_options)
        help_text = function.__doc__ or sys.modules[function.__module__].__doc__ or ""
        made = click.command(cls=VerbCommand, help=help_text)(with_options)
        made.examples = examples
        return made

    return make


COMMON_OPTIONS = (
    click.option(
        "--data",
        metavar="DIR",
        default=DATA_DIR,
        show_default=True,
        envvar="BANKFED_DATA",
        help="The federation's data folder.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object."),
    click.option("--debug", is_flag=True, envvar="BANKFED_DEBUG", help="Show the traceback of an error."),
)


def complete_banks(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The bank ids of the world file, for the shell's completion."""
    data = ctx.params.get("data") or os.environ.get("BANKFED_DATA") or DATA_DIR
    try:
        banks = json.loads(Path(data, "world.json").read_text(encoding="utf-8"))["banks"]
        return [CompletionItem(b["id"], help=b.get("name")) for b in banks if b["id"].startswith(incomplete.upper())]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def complete_targets(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What `stop`, `start` and `restart` take: a bank or the broker."""
    broker = [CompletionItem("broker", help="Apache Kafka")] if "broker".startswith(incomplete.lower()) else []
    return complete_banks(ctx, parameter, incomplete) + broker
