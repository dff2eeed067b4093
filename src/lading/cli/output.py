"""Where results go: standard output and files, in several formats in one run."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from lading.model.errors import UsageError
from lading.safeio.atomic import write_atomic

DEFAULT_WIDTH = 120


class Output(Struct, frozen=True):
    """One rendering. `path` None is standard output."""

    format: str
    path: Path | None = None


class Screen(Struct, frozen=True):
    """What the reader of a text can take."""

    width: int
    colour: bool


def parse_outputs(options: Sequence[str], formats: Sequence[str]) -> tuple[Output, ...]:
    """The values of `-o`: FORMAT or FORMAT=FILE, "-" for standard output; none means the first format there.

    Raises UsageError for an unknown format, a directory that does not exist, and for two outputs to one place.
    """
    outputs = tuple(_parse_output(option, formats) for option in options) or (Output(formats[0]),)
    seen: set[Path | None] = set()
    for output in outputs:
        if output.path in seen:
            place = f"the file {output.path}" if output.path else "standard output"
            raise UsageError(f"-o: two formats go to {place}; write one of them to another file with -o FORMAT=FILE")
        seen.add(output.path)
    return outputs


def write_outputs(outputs: Sequence[Output], render: Callable[[str, Screen], bytes]) -> None:
    """Render and write each output, files first. Raises SafeIOError or OSError when something cannot be written."""
    for output in sorted(outputs, key=lambda output: output.path is None):
        if output.path is None:
            sys.stdout.buffer.write(render(output.format, screen()))
            sys.stdout.buffer.flush()
        else:
            _write_file(output.path, render(output.format, Screen(_columns() or DEFAULT_WIDTH, colour=False)))


def screen() -> Screen:
    """Standard output's width, and whether it shows colours. A pipe is COLUMNS or 120 wide, without colours."""
    if not sys.stdout.isatty():
        return Screen(_columns() or DEFAULT_WIDTH, colour=False)
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Screen(shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns, colour=not plain)


def _parse_output(option: str, formats: Sequence[str]) -> Output:
    name, equals, file = option.partition("=")
    if name not in formats:
        raise UsageError(f"-o {option}: unknown format {name!r}; known: {', '.join(formats)}")
    if equals and not file:
        raise UsageError(f"-o {option}: the file is missing after =")
    if file in ("", "-"):
        return Output(name)
    path = Path(file)
    if not path.parent.is_dir():
        raise UsageError(f"-o {option}: the directory {path.parent} does not exist")
    return Output(name, path)


def _write_file(path: Path, content: bytes) -> None:
    # A device or a pipe cannot be replaced by a file: it is written to.
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    target = path.resolve()
    mode = target.stat().st_mode if target.exists() else 0o666 & ~_umask()
    write_atomic(target, content)
    target.chmod(mode)


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and len(columns) < 5 else 0
