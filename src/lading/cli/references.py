"""The images that one call is about: named one by one, in a list, or in the files of a repository."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from lading.cli.log import say
from lading.model.errors import FormatError, UsageError

_MOST: Final = 64_000_000
_MOST_IMAGES: Final = 1_000_000
_PIPED: Final = "-"
_LARGEST: Final = 16_000_000
_MOST_FILES: Final = 100_000
_NOT_SOURCES: Final = frozenset({".git", ".hg", ".svn", ".venv", "node_modules", "vendor"})


def images_named(arguments: Sequence[str], lists: Sequence[str], sources: Sequence[Path] = ()) -> tuple[str, ...]:
    """What the arguments name, then the lists, then the files of a repository, each once. Raises UsageError for a file
    that cannot be read, for files that name nothing, and for standard input as one of several images."""
    listed = (name for one in lists for name in iter_listed(one))
    named = (name for one in sources for name in _iter_named(one))
    found = tuple(dict.fromkeys((*arguments, *listed, *named)))
    if not found:
        where = ", ".join([*(f"--list {one}" for one in lists), *(f"--images-of {one}" for one in sources)])
        raise UsageError(f"{where}: names no image")
    if len(found) > _MOST_IMAGES:
        raise UsageError(f"{len(found):,} images are more than {_MOST_IMAGES:,}: scan them in parts")
    if len(found) > 1 and _PIPED in found:
        raise UsageError(f"{_PIPED}: standard input is one image: scan it alone, or name a list with --list -")
    return found


def _iter_named(source: Path) -> Iterator[str]:
    """The images that a file names, or the files below a directory. A file in a directory that cannot be read is said,
    and the others are read."""
    from lading.formats.named_images import parse_named
    from lading.image.open import reference_of

    is_directory = source.is_dir()
    for path in _iter_files(source) if is_directory else (source,):
        shown = str(path)
        try:
            data = _bytes_of(path, found=is_directory)
            named = parse_named(data, shown, _variables_beside(path), partial(_read_named, source))
        except OSError as error:
            if not is_directory:
                raise UsageError(f"--images-of {shown}: cannot be read: {error.strerror}") from error
            say("warning", f"{shown}: cannot be read: {error.strerror}")
        except FormatError as error:
            if not is_directory:
                raise UsageError(f"--images-of {error}") from error
            say("warning", str(error))
        else:
            for note in named.notes:
                say("warning", note)
            for one in named.images:
                reference = reference_of(one.name)
                say("detail", f"{reference}: named in {one.where}")
                yield reference


def _iter_files(directory: Path) -> Iterator[Path]:
    from lading.formats.named_images import may_name_images

    count = 0
    for above, folders, files in os.walk(directory):
        folders[:] = sorted(one for one in folders if one not in _NOT_SOURCES)
        for name in sorted(files):
            count += 1
            if count > _MOST_FILES:
                raise UsageError(f"--images-of {directory}: has more than {_MOST_FILES:,} files: name a part of it")
            if may_name_images(name):
                yield Path(above) / name


def _read_named(source: Path, path: str) -> bytes:
    """A file that another one names, which is of what the user has named or beside it. Raises FormatError."""
    above = source if source.is_dir() else source.parent
    try:
        whole = Path(path).resolve(strict=True)
        if not whole.is_relative_to(above.resolve()):
            raise FormatError(f"{path}: lies outside of {above}, and is not read")
        return _bytes_of(whole, found=True)
    except FileNotFoundError as error:
        raise FormatError(f"{path}: is no file that is there") from error
    except (OSError, RuntimeError) as error:
        raise FormatError(f"{path}: cannot be read") from error


def _bytes_of(path: Path, *, found: bool) -> bytes:
    """A file's content. One that was `found` and not named by the user is no link, as these may lead to what is not of
    the repository, and nothing that never ends."""
    flags = os.O_RDONLY | os.O_CLOEXEC | (os.O_NOFOLLOW | os.O_NONBLOCK if found else 0)
    with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 (Path.open takes no descriptor)
        if found and not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise FormatError(f"{path}: is no file")
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise FormatError(f"{path}: is larger than {_LARGEST:,} bytes")
    return data


def _variables_beside(path: Path) -> dict[str, str]:
    """Those of the `.env` file by which Compose reads a file beside it. It takes those of the environment too, which
    may be secrets: a name with one in it goes to the registry that the file names."""
    try:
        lines = _bytes_of(path.parent / ".env", found=True).decode("utf-8-sig", "replace").splitlines()
    except (OSError, FormatError):
        return {}
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines)
    return {
        name.strip(): value.strip().strip("\"'")
        for name, mark, value in pairs
        if mark and not name.lstrip().startswith("#")
    }


def iter_listed(path: str) -> Iterator[str]:
    """The references in a file, one in each line, where # begins a comment; "-" is standard input. Raises UsageError
    for a file that cannot be read or is too large, and for a line of several words."""
    for number, line in enumerate(_read(path).split("\n"), 1):
        text = line.partition("#")[0] if line.lstrip().startswith("#") else line.partition(" #")[0]
        text = text.strip()
        if len(text.split()) > 1:
            raise UsageError(f"--list {path}: line {number}: one image stands in each line")
        if text:
            yield text


def _read(path: str) -> str:
    try:
        if path == _PIPED:
            data = sys.stdin.buffer.read(_MOST + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(f"--list {path}: cannot be read: {error.strerror}") from error
    if len(data) > _MOST:
        raise UsageError(f"--list {path}: is larger than {_MOST:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"--list {path}: is not UTF-8") from error
