"""`lading completion`, and what shells ask for when a word is to be completed.

Source: Click's documentation, "Shell Completion"; the scripts are Click's own.
"""

from typing import Any, Final

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

SHELLS: Final = ("bash", "zsh", "fish")
VARIABLE: Final = "_LADING_COMPLETE"
"""By which a shell's function asks the program; Click's name for it."""
_FIRST_CALL: Final = ("$zsh_eval_context[-1] == loadautofunc", "$funcstack[1] == _lading")
"""Click's script for zsh answers the first call alone from a file of fpath, and nothing at the second one."""
_FILE: Final = CompletionItem("", type="file")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Write what makes SHELL complete commands, options and their values.

    \b
    bash:  lading completion bash > ~/.local/share/bash-completion/completions/lading
    zsh:   lading completion zsh > "${fpath[1]}/_lading"
    fish:  lading completion fish > ~/.config/fish/completions/lading.fish
    """
    found = _completer(shell, click.get_current_context().find_root().command)
    # Click's `source` calls the shell to learn its version.
    click.echo(found.source_template.replace(*_FIRST_CALL) % found.source_vars())
    return 0


def complete(question: str, program: click.Command) -> int:
    """Answers a shell that asks by `VARIABLE` ("bash_complete") what the last word may become."""
    shell, _, asked = question.partition("_")
    if shell not in SHELLS or asked != "complete":
        return 1
    click.echo(_completer(shell, program).complete())
    return 0


def _completer(shell: str, program: click.Command) -> ShellComplete:
    known = get_completion_class(shell)
    assert known is not None

    class Completer(known):  # type: ignore[misc, valid-type]
        """Names files where an image or a file is meant: images lie in them, and no list names the others."""

        def get_completions(self, args: list[str], incomplete: str) -> Any:
            found = super().get_completions(args, incomplete)
            return found or ([] if incomplete.startswith("-") else [_FILE])

    made: ShellComplete = Completer(program, {}, "lading", VARIABLE)
    return made
