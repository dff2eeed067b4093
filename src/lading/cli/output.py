"""Where results go: standard output and files, in several formats in one run."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, structs

from lading import __version__
from lading.cli.closed_output import discard_output
from lading.cli.log import without_commands
from lading.engine.setting_sources import writes_file
from lading.engine.settings import Settings
from lading.formats.encoders.registry import Format, Subject, find_format, formats_of
from lading.formats.view import View
from lading.model.errors import SafeIOError, UsageError
from lading.safeio.atomic import write_atomic
from lading.safeio.trust import SIGNATURE, Purpose, sign_for

TOOL = f"lading {__version__}"
PLAIN = View()
_TEMPLATE = "template"
_MOST_TEMPLATE = 1 << 20
"""Characters that are read of one; the format takes fewer."""


class Output(Struct, frozen=True):
    """One rendering. `path` None is standard output."""

    format: Format
    path: Path | None = None


class Signing(Struct, frozen=True):
    """The private key that files are signed with, and for what they are."""

    key: Path
    purpose: Purpose


def signing_of(key: Path | None, purpose: Purpose, outputs: Sequence[Output]) -> Signing | None:
    """How the files of these outputs are signed; None without a key. Raises UsageError where no output is a file, and
    SafeIOError for a key that cannot sign, before anything is done."""
    if key is None:
        return None
    if all(one.path is None for one in outputs):
        raise UsageError("--sign: a signature lies beside a file: write one with -o FORMAT=FILE")
    for one in outputs:
        if one.path is not None and one.path.exists() and not one.path.is_file():
            raise UsageError(f"--sign: {one.path} is no file that a signature could lie beside")
    sign_for(purpose, b"", key)
    return Signing(key, purpose)


def formats_text(*subjects: Subject) -> str:
    """The formats of a command whose result is these subjects, for its help."""
    first, *others = formats_of(subjects)
    return ", ".join([f"{first.id} (the default)", *(one.id for one in others)])


def outputs_of(settings: Settings, *subjects: Subject, among: Sequence[str] = ()) -> tuple[Output, ...]:
    """Where the results of a command go. `among` are the formats it is for, the default first, where that is not every
    one of its subjects.

    An option is meant for the command that has it. What is set elsewhere is there for all commands: formats that this
    one is not for are left out, and files, which each would write anew, are those of a report. Raises UsageError as
    `parse_outputs` does.
    """
    origin = settings.origins["output"]
    if origin.level in ("default", "flag"):
        return parse_outputs(settings.output or among[:1], *subjects)
    chosen = [one for one in settings.output if _is_for(one, subjects, among)]
    try:
        return parse_outputs(chosen or among[:1], *subjects)
    except UsageError as error:
        why = str(error).removeprefix("-o").lstrip(": ")
        raise UsageError(f"{origin.label('output')}: {why}") from error


def parse_outputs(options: Sequence[str], *subjects: Subject) -> tuple[Output, ...]:
    """The values of `-o`: FORMAT or FORMAT=FILE, "-" for standard output; none means the subjects' first format there.

    Raises UsageError for an unknown format, a directory that does not exist, and for two outputs to one place.
    """
    outputs = tuple(_parse_output(option, subjects) for option in options) or (Output(next(formats_of(subjects))),)
    seen: set[Path | None] = set()
    for output in outputs:
        if output.path in seen:
            place = f"the file {output.path}" if output.path else "standard output"
            raise UsageError(f"-o: two formats go to {place}; write one of them to another file with -o FORMAT=FILE")
        seen.add(output.path)
    return outputs


def write_outputs(
    outputs: Sequence[Output],
    values: Mapping[Subject, object],
    view: View = PLAIN,
    *,
    signing: Signing | None = None,
) -> None:
    """Encode and write each output, files first; `values` has the value of each subject. Raises SafeIOError or OSError
    when something cannot be written."""
    write_encoded(outputs, encode_outputs(outputs, values, view), signing)


def encode_outputs(
    outputs: Sequence[Output], values: Mapping[Subject, object], view: View = PLAIN
) -> tuple[Iterable[bytes], ...]:
    """What is to be written to each output, in pieces, shown as `view` says but for what follows from the place it goes
    to."""
    views = (_view(one, view) for one in outputs)
    return tuple(one.format.pieces(values[one.format.subject], view) for one, view in zip(outputs, views, strict=True))


def with_template(view: View, settings: Settings, outputs: Sequence[Output]) -> View:
    """The view with the user's template, where an output is written by one. Raises UsageError for an output without
    its template and for an option without its output, and for a file that cannot be read."""
    path, wanted = settings.template, any(one.format.id == _TEMPLATE for one in outputs)
    if not wanted:
        if path is not None and settings.origins["template"].level == "flag":
            raise UsageError(f"--template {path}: nothing is written by it: add -o template or -o template=FILE")
        return view
    if path is None:
        raise UsageError("-o template: by which template? Name its file with --template FILE (docs/templates.md)")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read(_MOST_TEMPLATE + 1)
    except OSError as error:
        raise UsageError(f"--template {path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--template {path}: is not UTF-8") from error
    return structs.replace(view, template=text, template_name=str(path))


def _view(output: Output, view: View) -> View:
    place = screen() if output.path is None else View(_columns())
    variables = _variables(output.format)
    return structs.replace(view, width=place.width, colour=place.colour, tool=TOOL, variables=variables)


def _variables(format: Format) -> dict[str, str]:
    """What a format asks for of the environment, as far as it is set."""
    return {one: os.environ[one] for one in (*format.variables, *format.also) if os.environ.get(one)}


def write_encoded(
    outputs: Sequence[Output], encoded: Sequence[Iterable[bytes | bytearray]], signing: Signing | None = None
) -> None:
    """Writes what `encode_outputs` gave, files first, each with its signature beside it where they are signed. Raises
    as `write_outputs` does."""
    for output, pieces in sorted(zip(outputs, encoded, strict=True), key=lambda pair: pair[0].path is None):
        if output.path is None:
            _show(pieces)
        elif signing is None:
            _write_file(output.path, pieces)
        else:
            data = b"".join(pieces)
            _write_file(output.path, (data,))
            beside = output.path.with_name(output.path.name + SIGNATURE)
            _write_file(beside, (sign_for(signing.purpose, data, signing.key),))


def _show(pieces: Iterable[bytes | bytearray]) -> None:
    """Writes to standard output. A reader that has seen enough ends the output and not the command, whose exit status
    is still the gate's."""
    try:
        sys.stdout.buffer.writelines(without_commands(pieces, os.environ))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        discard_output()


def screen() -> View:
    """What standard output shows: the terminal's width and colours. A pipe or a file has no width but that of $COLUMNS,
    and colours only with $FORCE_COLOR (https://force-color.org); $NO_COLOR takes them away everywhere."""
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else _columns()
    wanted = bool(os.environ.get("FORCE_COLOR")) or (is_terminal and os.environ.get("TERM") != "dumb")
    colour = wanted and not os.environ.get("NO_COLOR")
    return View(width, colour, tool=TOOL)


def _is_for(output: str, subjects: Sequence[Subject], among: Sequence[str]) -> bool:
    format = find_format(output.partition("=")[0], subjects)
    fits = format is not None and (not among or format.id in among)
    return fits and (not writes_file(output) or "report" in subjects)


def _parse_output(option: str, subjects: Sequence[Subject]) -> Output:
    name, equals, file = option.partition("=")
    format = find_format(name, subjects)
    if format is None:
        known = ", ".join(one.id for one in formats_of(subjects))
        file = f" (to write a file: -o FORMAT={option})" if not equals and ("." in name or "/" in name) else ""
        raise UsageError(f"-o {option}: unknown format {name!r}{file}; known: {known}")
    if missing := [one for one in format.variables if one not in _variables(format)]:
        raise UsageError(f"-o {option}: {' and '.join(missing)} must be set in the environment")
    if equals and not file:
        raise UsageError(f"-o {option}: the file is missing after =")
    if file in ("", "-"):
        return Output(format)
    path = Path(file)
    if not path.parent.is_dir():
        raise UsageError(f"-o {option}: the directory {path.parent} does not exist")
    return Output(format, path)


def _write_file(path: Path, pieces: Iterable[bytes | bytearray]) -> None:
    try:
        # A device or a pipe cannot be replaced by a file: it is written to, as standard output is.
        if path.exists() and not path.is_file():
            with contextlib.suppress(BrokenPipeError), path.open("wb") as file:
                file.writelines(pieces)
            return
        target = path.resolve()
        mode = target.stat().st_mode if target.exists() else 0o666 & ~_umask()
        write_atomic(target, pieces)
        target.chmod(mode)
    except OSError as error:
        raise SafeIOError(f"{path}: cannot be written: {error.strerror or error}") from error


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _columns() -> int | None:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and len(columns) < 5 else None
