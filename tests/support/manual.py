"""The manual page in `docs/lading.1`, made from the commands' own help (man(7))."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from lading.cli.commands import COMMANDS, lading

PAGE: Final = Path(__file__).parents[2] / "docs" / "lading.1"
_STATUSES: Final = {
    "0": "done, and no rule failed",
    "1": "a rule failed (--fail-on, or a policy's)",
    "2": "the command is wrong, or something failed",
    "3": "not everything could be read or matched",
}
_FILES: Final = {
    "$XDG_CACHE_HOME/lading": "what was found in layers",
    "$XDG_DATA_HOME/lading": "the advisory database",
    "$XDG_CONFIG_HOME/lading": "settings and trusted keys",
    "/etc/lading/lading.toml": "the organisation's settings",
    "lading.toml": "a project's settings and policy",
}


def manual() -> bytes:
    """The whole page."""
    root = click.Context(lading, info_name="lading")
    lines = [
        '.TH LADING 1 "" "Lading" "User Commands"',
        ".SH NAME",
        r"lading \- container image scanner",
        ".SH SYNOPSIS",
        r"\fBlading\fR \fICOMMAND\fR [\fIOPTIONS\fR] \fIARGUMENTS\fR",
        ".SH DESCRIPTION",
        *_text(lading.help or ""),
        ".SH COMMANDS",
    ]
    for name in COMMANDS:
        command = lading.get_command(root, name)
        assert command is not None
        lines += _command(command, click.Context(command, root, name))
    lines += [".SH EXIT STATUS", *_list(_STATUSES), ".SH FILES", *_list(_FILES)]
    return "".join(f"{line}\n" for line in lines).encode()


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f".SS {_quoted(context.command_path)}"
    pieces = [_quoted(piece) for piece in command.collect_usage_pieces(context)]
    yield f"\\fB{_quoted(context.command_path)}\\fR {' '.join(pieces)}"
    yield ".PP"
    yield from _text(command.help or "")
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None and "--help" not in parameter.opts:
            yield from (".TP", f"\\fB{_quoted(record[0])}\\fR", _quoted(" ".join(record[1].split())))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _command(below, click.Context(below, context, name))


def _list(entries: dict[str, str]) -> Iterator[str]:
    for name, meaning in entries.items():
        yield from (".TP", f"\\fB{_quoted(name)}\\fR", _quoted(meaning))


def _text(text: str) -> Iterator[str]:
    """Paragraphs; those that Click is told to leave as they are, line by line."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in paragraph.splitlines()]
        if lines and lines[0] == "\b":
            yield from (".nf", *map(_quoted, lines[1:]), ".fi")
        else:
            yield _quoted(" ".join(lines))
        yield ".PP"


def _quoted(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("\u00a0", " ")
    return rf"\&{text}" if text.startswith((".", "'")) else text
