"""Shows the settings in force and where each comes from: flag, environment, bankfed.toml or default, in this order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
from click.core import ParameterSource

from federation.cli.app import SETTINGS_FILE
from federation.cli.call import Answer, Call, verb
from federation.cli.show import table
from federation.cli.verbs import VERBS

SOURCES = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: SETTINGS_FILE,
}
COMMON = ("data", "as_json", "debug", "help")
SECRET = ("kafka_security", "database_url")  # may hold a password


@verb(
    ("bankfed config show", "what differs from the defaults, and why"),
    ("bankfed config show --all", "every setting there is"),
    ("BANKFED_UP_BANKS=5 bankfed config show", "the environment's say"),
)
@click.argument("what", type=click.Choice(["show"]), default="show")
@click.option("--all", "everything", is_flag=True, help="The defaults too.")
def command(call: Call, *, what: str, everything: bool) -> Answer:  # noqa: ARG001  `config` alone shows too
    context = click.get_current_context()
    data_from = SOURCES.get(context.get_parameter_source("data") or ParameterSource.DEFAULT, "default")
    settings = [_setting("data", "", str(call.data), data_from, "BANKFED_DATA"), *verbs(context), *bank()]
    chosen = [s for s in settings if everything or s["name"] == "data" or s["source"] != "default"]
    rows = [[s["scope"] or "every verb", s["name"], s["value"], s["source"], s["environment"]] for s in chosen]
    text = table(["for", "setting", "value", "from", "environment name"], rows, call.paint)
    file = Path.cwd() / SETTINGS_FILE
    text += call.paint.dim(f"\n\n{file} {'is read' if file.is_file() else 'does not exist'}; a flag wins over")
    text += call.paint.dim(f" the environment, the environment over {SETTINGS_FILE}, that over the default.")
    return Answer({"settings": settings, "file": str(file) if file.is_file() else None}, text)


def verbs(context: click.Context) -> Iterator[dict[str, str]]:
    """Every option of every verb, as it would be if the verb were called now without flags."""
    root = context.find_root()
    group = root.command
    assert isinstance(group, click.Group)
    for name, entry in VERBS.items():
        command_ = None if entry.alias else group.get_command(root, name)
        if command_ is None:
            continue
        called = command_.make_context(name, [], parent=root, resilient_parsing=True)
        for option in command_.params:
            if isinstance(option, click.Option) and option.name and option.name not in COMMON:
                source = SOURCES.get(called.get_parameter_source(option.name) or ParameterSource.DEFAULT, "default")
                value = called.params.get(option.name)
                environment = f"BANKFED_{name}_{option.name}".upper()
                yield _setting(option.name, name, "" if value is None else str(value), source, environment)


def bank() -> Iterator[dict[str, str]]:
    """A bank's own settings, as far as they come from here; what the launcher decides for each bank is in `ps`."""
    from bank_node.settings import BankSettings

    for name, field in BankSettings.model_fields.items():
        found = os.environ.get(name.upper())
        value = str(field.get_default()) if found is None else "(set)" if name in SECRET else found
        if not field.is_required():
            yield _setting(name, "bank", value, "default" if found is None else "environment", name.upper())


def _setting(name: str, scope: str, value: str, source: str, environment: str) -> dict[str, str]:
    return {"name": name, "scope": scope, "value": value, "source": source, "environment": environment}
