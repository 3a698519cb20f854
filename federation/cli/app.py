"""The command itself: lazy verbs, help with examples first, the nearest verb, errors as words and exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from federation.cli import show
from federation.cli.call import Example, print_json, write_examples
from federation.cli.verbs import VERBS
from federation.failure import ExitCode, Failure

SETTINGS_FILE = "bankfed.toml"
EXAMPLES: tuple[Example, ...] = (
    ("bankfed up", "start three banks on Apache Kafka"),
    ("bankfed ps", "see how they are"),
    ("bankfed open ALFA", "sign in as a teller"),
    ("bankfed verify", "prove that no cent moved wrongly"),
    ("bankfed demo", "watch a broker die and nothing get lost"),
    ("bankfed down", "stop everything, keep the data"),
)


class Bankfed(click.Group):
    """Knows its verbs by the table alone; a verb's module is imported when the verb is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [name for name, entry in VERBS.items() if not entry.alias]

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = VERBS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = importlib.import_module(entry.module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in VERBS and not ctx.resilient_parsing:
            from difflib import get_close_matches

            nearest = get_close_matches(name.lower(), VERBS, n=1, cutoff=0.5)
            do = f"bankfed {nearest[0]}" if nearest else "bankfed --help lists the verbs"
            raise Failure(
                f"bankfed has no verb {name!r}", do=f"did you mean `{do}`?" if nearest else do, code=ExitCode.USAGE
            )
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [CompletionItem(n, help=VERBS[n].summary) for n in self.list_commands(ctx) if n.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_help(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_text("bankfed: a federation of banks on real Kafka, on your own machine.")
        write_examples(formatter, EXAMPLES)
        for group in dict.fromkeys(entry.group for entry in VERBS.values()):
            with formatter.section(group):
                formatter.write_dl([(n, e.summary) for n, e in VERBS.items() if e.group == group and not e.alias])
        formatter.write_paragraph()
        formatter.write_text("`bankfed VERB --help` says more, with examples. Every verb takes --data DIR and --json.")


def app() -> Bankfed:
    return Bankfed(
        "bankfed",
        context_settings={
            "help_option_names": ["-h", "--help"],
            "auto_envvar_prefix": "BANKFED",
            "max_content_width": 110,
        },
        params=[
            click.Option(
                ["--version", "asks_version"], is_flag=True, is_eager=True, expose_value=False, callback=_print_version
            )
        ],
    )


def _print_version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from federation.cli.version import version

        click.echo(f"bankfed {version()}")
        ctx.exit(0)


def run(argv: Sequence[str] | None = None) -> int:
    """Runs one call and returns its exit code. Nothing leaves here as a traceback unless --debug asked for it."""
    arguments = verb_first(list(sys.argv[1:] if argv is None else argv)) or ["--help"]
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal that knows no ✓ gets a ?
    try:
        code = app().main(arguments, "bankfed", standalone_mode=False, default_map=settings_file())
        return code if isinstance(code, int) else ExitCode.OK
    except BrokenPipeError:  # `bankfed logs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except (KeyboardInterrupt, click.Abort):
        print("\ninterrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except Exception as error:
        if "--debug" in arguments or os.environ.get("BANKFED_DEBUG"):
            import traceback

            traceback.print_exc()
        return tell(in_words(error), "--json" in arguments)


def verb_first(arguments: list[str]) -> list[str]:
    """`--data DIR ps` as `ps --data DIR`, and `help ps` as `ps --help`: people write both."""
    ahead: list[str] = []
    rest = arguments
    while rest and (rest[0] in ("--json", "--debug", "--data") or rest[0].startswith("--data=")):
        count = 2 if rest[0] == "--data" else 1
        ahead, rest = ahead + rest[:count], rest[count:]
    if rest and rest[0] == "help":
        return [*rest[1:2], "--help"]
    return [*rest[:1], *ahead, *rest[1:]] if rest else []


def in_words(error: Exception) -> Failure:
    """Any error as a Failure: ours as they are, click's as usage errors, a refusal with its code, the rest as bugs."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        do = f"{context.command_path} --help" if context else "bankfed --help"
        return Failure(error.format_message(), do=do, code=ExitCode.USAGE)
    if type(error).__name__ == "Refusal":  # bank_node.ledger.errors; not imported here, it is not needed to say so
        return Failure(str(error), why=f"reason {getattr(error, 'code', '')}; nothing was sent", code=ExitCode.USAGE)
    if isinstance(error, PermissionError):
        return Failure(f"not allowed to use {error.filename}", why=error.strerror or "", do="choose another --data DIR")
    if isinstance(error, OSError) and error.filename:
        return Failure(f"cannot use {error.filename}", why=error.strerror or str(error))
    return Failure(
        "something inside bankfed went wrong; this is a mistake of ours",
        why=f"{type(error).__name__}: {error}",
        do="run it again with --debug and report what it shows",
        code=ExitCode.BUG,
    )


def tell(failure: Failure, as_json: bool) -> int:
    if as_json:
        error = {
            "what": failure.what,
            "why": failure.why,
            "do": failure.do,
            "log": failure.log,
            "detail": failure.detail,
        }
        print_json({"ok": False, "error": {name: value for name, value in error.items() if value}})
    else:
        print(show.failure(failure, show.Paint.of(sys.stderr)), file=sys.stderr)
    return int(failure.code)


def settings_file(folder: Path | None = None) -> Mapping[str, Any]:
    """bankfed.toml of the working folder as click's default map: the top is for every verb, a table for one."""
    file = (folder or Path.cwd()) / SETTINGS_FILE
    if not file.is_file():
        return {}
    import tomllib

    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{file} cannot be read", why=str(error), do=f"mend or delete {SETTINGS_FILE}") from error
    common = {name: value for name, value in settings.items() if not isinstance(value, dict)}
    tables = {
        name: {k.replace("-", "_"): v for k, v in t.items()} for name, t in settings.items() if isinstance(t, dict)
    }
    return {name: {**common, **tables.get(name, {})} for name in VERBS}
