"""`bankfed`, the command. One file per verb; a verb is imported only when it is called.

show      tables, tick lists, chips, words for errors (strings only; nothing here prints)
verbs     the table of verbs: name, module, one-line summary
call      what a verb is handed (Call), what it gives back (Answer), and the decorator that makes one
app       the command itself: lazy verbs, help, suggestions, completion, errors into words and exit codes

How to add a verb: one line in `verbs.VERBS`, and one file, federation/cli/hello.py:

    \"\"\"`bankfed hello`: greets a bank.\"\"\"
    from __future__ import annotations
    import click
    from federation.cli.call import Answer, Call, verb
    from federation.failure import ExitCode, Failure

    @verb(("bankfed hello", "greet every bank"), ("bankfed hello ALFA", "greet one"))
    @click.argument("bank", required=False, shell_complete=complete_banks)   # from federation.cli.call
    @click.option("--loud", is_flag=True, help="In capitals.")
    def command(call: Call, *, bank: str | None, loud: bool) -> Answer:
        from federation.client import BankClient      # heavy imports (httpx, sqlalchemy, kafka) inside the function

        call.progress("looking for the banks")        # stderr; nothing with --json
        if not call.data.is_dir():                    # --data DIR, absolute
            raise Failure("no federation here", why=f"{call.data} does not exist", do="bankfed up",
                          code=ExitCode.NOT_RUNNING)
        return Answer(fields={"greeted": 3}, text="Hello, ALFA.", code=ExitCode.OK)

The function must be called `command`. `--data`, `--json`, `--debug` and `--help` come with `verb`. With `--json` the
frame prints one object, `ok` and then `fields`; without, it prints `text`. `ok` is `code == 0` unless said otherwise.
Colours: `call.paint.bold(...)` and so on, plain when stdout is not a terminal. Ticks with seconds, on stderr:
`with call.ticks.step("broker ready"):`. Errors: raise `federation.failure.Failure` from any room, in words.
Every option can also come from the environment (BANKFED_UP_BANKS for `up --banks`) or from bankfed.toml (`banks` in
its table `[up]`); `bankfed config show` says which won.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point; returns the exit code."""
    from federation.cli.app import run

    return run(argv)
