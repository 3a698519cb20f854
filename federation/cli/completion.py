"""Prints the script that teaches a shell to complete bankfed's verbs, options and bank ids."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from federation.cli.call import Answer, Call, verb
from federation.failure import ExitCode, Failure

HOW = {
    "bash": "bankfed completion bash >> ~/.bashrc",
    "zsh": "bankfed completion zsh >> ~/.zshrc",
    "fish": "bankfed completion fish > ~/.config/fish/completions/bankfed.fish",
    "powershell": "bankfed completion powershell >> $PROFILE",
}


@verb(*((line, f"for {shell}") for shell, line in HOW.items()))
@click.argument("shell", type=click.Choice([*HOW, "pwsh"], case_sensitive=False))
def command(call: Call, shell: str) -> Answer:
    from federation.cli.app import app

    name = "powershell" if shell == "pwsh" else shell
    maker = get_completion_class(name)
    if maker is None:
        raise Failure(f"no completion for {name}", why="the installed click does not know it", code=ExitCode.FAILED)
    script = maker(app(), {}, "bankfed", "_BANKFED_COMPLETE").source()
    if call.on_terminal:
        call.progress(f"To keep it: {HOW[name]}")
    return Answer({"shell": name, "script": script}, script)
