"""From a file to the cataloger that wants it: dictionary look-ups, compiled once from every cataloger's wishes."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from lading.inventory.catalogers.cataloger import Cataloger

MAGIC_BYTES = 4
_COPY = "//"


class Route(Struct, frozen=True):
    """A file is wanted by `cataloger`, which knows it as `path`."""

    cataloger: Cataloger
    path: str


def copy_of(target: str, link: str) -> str:
    """The detour that reads `target` as the hard link that catalogers know as `link`."""
    return f"{target}{_COPY}{link}"


class _Wishes:
    """What is wanted in one directory: files by name, and (suffixes, cataloger, directory as it knows it)."""

    def __init__(self) -> None:
        self.files: dict[str, Route] = {}
        self.rules: list[tuple[tuple[str, ...], Cataloger, str]] = []


class _Pattern(Struct, frozen=True):
    """Files by the ending of their name, in directories that end in a match of `directory` (None: anywhere)."""

    cataloger: Cataloger
    ending: str
    directory: re.Pattern[str] | None


class Router:
    """`detours` send further real paths the way of wanted ones: {"opt/db/status": "var/lib/dpkg/status"}; a detour
    that ends in a slash sends every file of a directory. {"opt/db/status//var/lib/dpkg/status": "var/lib/dpkg/status"}
    reads a file once more, as the hard link to it."""

    def __init__(self, catalogers: Sequence[Cataloger], detours: Mapping[str, str] | None = None) -> None:
        self._wishes: defaultdict[str, _Wishes] = defaultdict(_Wishes)
        self._names: defaultdict[str, list[_Pattern]] = defaultdict(list)
        self._endings: defaultdict[str, list[_Pattern]] = defaultdict(list)
        self._magic = {magic: cataloger for cataloger in catalogers for magic in cataloger.magic}
        self.catalogers = catalogers
        self.anywhere = frozenset(one.name for one in catalogers if one.patterns or one.magic or one.entries)
        """The names of catalogers that know every file by its own path."""
        self.by_content = frozenset(one.name for one in catalogers if one.magic)
        """The names of catalogers that know files by their content, wherever they lie."""
        self.entries = {one.entries: one for one in catalogers if one.entries}
        """The directories whose entries are wanted, with who wants them."""
        for cataloger in catalogers:
            for path in cataloger.files:
                self._add(path, Route(cataloger, path))
            for directory, suffixes in cataloger.directories.items():
                self._wishes[directory].rules.append((suffixes, cataloger, directory))
            for pattern in cataloger.patterns:
                self._add_pattern(pattern, cataloger)
        self.copies: defaultdict[str, list[Route]] = defaultdict(list)
        """Files to read once more, with the routes of the hard links to them."""
        for real, wanted in (detours or {}).items():
            target, is_copy, _ = real.partition(_COPY)
            if is_copy:
                self.copies[target] += filter(None, [self.route(wanted)])
            elif real.endswith("/"):
                self._wishes[real[:-1]].rules += self._wishes[wanted[:-1]].rules
            elif route := self.route(wanted):
                self._add(real, route)

    def route(self, path: str) -> Route | None:
        """Where the file at `path` goes by its name, None for the many that nobody wants."""
        directory, _, name = path.rpartition("/")
        wishes = self._wishes.get(directory)
        if wishes is not None:
            route = wishes.files.get(name)
            if route is not None:
                return route
            for suffixes, cataloger, known_as in wishes.rules:
                if name.endswith(suffixes):
                    return Route(cataloger, f"{known_as}/{name}")
        patterns = self._names.get(name) or self._endings.get(name[name.rfind(".") :])
        if patterns is not None:
            for pattern in patterns:
                if name.endswith(pattern.ending) and (
                    pattern.directory is None or pattern.directory.search(directory) is not None
                ):
                    return Route(pattern.cataloger, path)
        return None

    def route_by_content(self, path: str, head: bytes) -> Route | None:
        """Where a file goes that no name claims, by its first four bytes."""
        cataloger = self._magic.get(head) or self._magic.get(head[:2])
        return Route(cataloger, path) if cataloger is not None else None

    @property
    def files(self) -> Sequence[str]:
        """The paths of the files that are wanted by name."""
        return tuple(
            f"{directory}/{name}" if directory else name
            for directory, wishes in self._wishes.items()
            for name in wishes.files
        )

    @property
    def directories(self) -> Sequence[str]:
        """The directories in which files are wanted."""
        return tuple(directory for directory, wishes in self._wishes.items() if wishes.rules)

    def _add(self, path: str, route: Route) -> None:
        directory, _, name = path.rpartition("/")
        self._wishes[directory].files[name] = route

    def _add_pattern(self, pattern: str, cataloger: Cataloger) -> None:
        directory, _, name = pattern.removeprefix("**/").rpartition("/")
        above = re.compile(f"(?:^|/){_glob(directory)}$") if directory else None
        if "*" not in name:
            self._names[name].append(_Pattern(cataloger, name, above))
            return
        ending = name.removeprefix("*")
        if not ending.rpartition(".")[1] or "*" in ending:
            raise ValueError(f"{cataloger.name}: {pattern}: the last name is neither literal nor `*` and an ending")
        self._endings[ending[ending.rfind(".") :]].append(_Pattern(cataloger, ending, above))


def _glob(directory: str) -> str:
    """A regular expression for the last directories of a path; `**` stands for any number of them."""
    parts = [".*" if part == "**" else re.escape(part).replace(r"\*", "[^/]*") for part in directory.split("/")]
    return "/".join(parts).replace("/.*/", "/(?:.*/)?")
