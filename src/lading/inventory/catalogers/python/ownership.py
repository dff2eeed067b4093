"""Which paths a Python package owns, whole directories where it can be said.

Sources: https://packaging.python.org/en/latest/specifications/recording-installed-packages/ (RECORD); setuptools
(installed-files.txt, top_level.txt).
"""

from collections.abc import Iterable, Iterator, Sequence
from posixpath import join, normpath

_LONGEST_PATH = 4096  # PATH_MAX of Linux; also keeps the work on one path small
_DEEPEST = 32
_CACHE = "__pycache__"


def record_paths(lines: Iterable[str], site: str) -> list[str]:
    """The paths of a RECORD, which are relative to the directory `site` that holds the package."""
    return _resolved(map(_first_column, lines), site)


def installed_paths(lines: Iterable[str], directory: str) -> list[str]:
    """The paths of an installed-files.txt, which are relative to its own `directory`."""
    return _resolved(lines, directory)


def top_level_paths(lines: Iterable[str], site: str) -> tuple[str, ...]:
    """What the modules of a top_level.txt may be: a package or a single file each."""
    modules = _resolved((line for line in lines if "/" not in line and ".." not in line), site)
    return tuple(sorted({path for module in modules for path in (f"{module}/", f"{module}.py")}))


def compressed(paths: Sequence[str], site: str) -> tuple[str, ...]:
    """`paths` sorted, with every package directory below `site` as one entry that ends in a slash.

    That is the topmost directory that itself holds a file: of a namespace (`google/cloud/storage/__init__.py`) the
    part that is the package's own. Compiled files of modules outside of such directories are left out.
    """
    inside = f"{site}/" if site else ""
    directories = {path[len(inside) :].rpartition("/")[0] for path in paths if path.startswith(inside)}
    holding = {directory for directory in directories if directory and directory.partition("/")[0] != _CACHE}
    owned = set()
    for path in paths:
        parts = path[len(inside) :].split("/")[:-1] if path.startswith(inside) else []
        top = _topmost(parts, holding)
        if top:
            owned.add(f"{inside}{top}/")
        elif f"/{_CACHE}/" not in f"/{path}":
            owned.add(path)
    return tuple(sorted(owned))


def _topmost(parts: Sequence[str], holding: set[str]) -> str:
    above = ""
    for part in parts[:_DEEPEST]:
        above = f"{above}/{part}" if above else part
        if above in holding:
            return above
    return ""


def _first_column(line: str) -> str:
    if line.startswith('"'):
        return line[1:].rpartition('",')[0].replace('""', '"')
    return line.partition(",")[0]


def _resolved(paths: Iterable[str], base: str) -> list[str]:
    return list(_iter_resolved(paths, base))


def _iter_resolved(paths: Iterable[str], base: str) -> Iterator[str]:
    for path in paths:
        path = path.strip()
        if path and len(path) <= _LONGEST_PATH:
            real = normpath(join("/", base, path)).strip("/")
            if real and real != base:
                yield real
