"""From a file to the readers that want it: dictionary look-ups, compiled once from every reader's wishes."""

import copy
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from lading.model.reader import Reader

_COPY = "//"


class Route(Struct, frozen=True):
    """A file is wanted by `reader`, which knows it as `path`."""

    reader: Reader[Any]
    path: str


def copy_of(target: str, link: str) -> str:
    """The detour that reads `target` as the hard link that readers know as `link`."""
    return f"{target}{_COPY}{link}"


class _Wishes:
    """What is wanted in one directory: files by name, and (suffixes, reader, directory as it knows it)."""

    def __init__(self) -> None:
        self.files: dict[str, list[Route]] = {}
        self.rules: list[tuple[tuple[str, ...], Reader[Any], str]] = []

    def copy(self) -> "_Wishes":
        """The same, to add to; `files` has lists that are never added to."""
        other = _Wishes()
        other.files |= self.files
        other.rules += self.rules
        return other


class _Pattern(Struct, frozen=True):
    """Files by the ending of their name, in directories that end in a match of `directory` (None: anywhere)."""

    reader: Reader[Any]
    ending: str
    directory: re.Pattern[str] | None


class Router:
    """What these readers want. It stays as it is, so that all threads and layers share it."""

    def __init__(self, readers: Sequence[Reader[Any]]) -> None:
        self._wishes: defaultdict[str, _Wishes] = defaultdict(_Wishes)
        self._names: defaultdict[str, list[_Pattern]] = defaultdict(list)
        self._endings: defaultdict[str, list[_Pattern]] = defaultdict(list)
        self._magic: defaultdict[bytes, list[Reader[Any]]] = defaultdict(list)
        self.readers = readers
        self.magic = frozenset(magic[:2] for reader in readers for magic in reader.magic)
        """The first two bytes of all that is wanted by its content."""
        self.everything = tuple(one for one in readers if one.everything)
        """The readers that want every file."""
        self.modes = tuple(one for one in readers if one.modes)
        """The readers that want what entries state of themselves."""
        self.anywhere = frozenset(
            one.name for one in readers if one.patterns or one.magic or one.entries or one.everything or one.modes
        )
        """The names of readers that know every file by its own path."""
        self.by_content = frozenset(one.name for one in readers if one.magic or one.everything)
        """The names of readers that know files by their content, wherever they lie."""
        self.entries = {one.entries: one for one in readers if one.entries}
        """The directories whose entries are wanted, with who wants them."""
        for reader in readers:
            self._add_wishes(reader)
        self.copies: defaultdict[str, list[Route]] = defaultdict(list)
        """Files to read once more, with the routes of the hard links to them."""

    def with_detours(self, detours: Mapping[str, str]) -> "Router":
        """A router that sends further real paths the way of wanted ones: {"opt/db/status": "var/lib/dpkg/status"}; a
        detour that ends in a slash sends every file of a directory. {"opt/db/status//var/lib/dpkg/status":
        "var/lib/dpkg/status"} reads a file once more, as the hard link to it."""
        if not detours:
            return self
        other = copy.copy(self)
        other._detour(detours)
        return other

    def routes(self, path: str) -> Sequence[Route]:
        """Where the file at `path` goes by its name, once to each reader; nowhere, as for most."""
        directory, _, name = path.rpartition("/")
        return self.routes_in(directory, name)

    def routes_in(self, directory: str, name: str) -> Sequence[Route]:
        """The routes of a file of this name in this directory."""
        wishes = self._wishes.get(directory)
        names, endings = self._names.get(name), self._endings.get(name[name.rfind(".") :])
        if wishes is None and names is None and endings is None:
            return ()
        found: list[Route] = []
        if wishes is not None:
            found += wishes.files.get(name, ())
            for suffixes, reader, known_as in wishes.rules:
                if name.endswith(suffixes):
                    found.append(Route(reader, f"{known_as}/{name}"))
        if names is not None or endings is not None:
            for pattern in (*(names or ()), *(endings or ())):
                if name.endswith(pattern.ending) and (
                    pattern.directory is None or pattern.directory.search(directory) is not None
                ):
                    found.append(Route(pattern.reader, f"{directory}/{name}" if directory else name))
        return _first_of_each_reader(found) if len(found) > 1 else found

    def routes_by_content(self, path: str, head: bytes) -> Sequence[Route]:
        """Where a file goes by its first four bytes."""
        long, short = self._magic.get(head), self._magic.get(head[:2])
        if long is None and short is None:
            return ()
        return _first_of_each_reader(Route(reader, path) for reader in (*(long or ()), *(short or ())))

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

    def _detour(self, detours: Mapping[str, str]) -> None:
        shared = self._wishes
        self._wishes = shared.copy()
        self.copies = defaultdict(list)
        for real, wanted in detours.items():
            target, is_copy, _ = real.partition(_COPY)
            if is_copy:
                self.copies[target] += self.routes(wanted)
                continue
            directory = real.rpartition("/")[0]
            if directory in shared and self._wishes[directory] is shared[directory]:
                self._wishes[directory] = shared[directory].copy()
            if real.endswith("/"):
                self._wishes[directory].rules += self._wishes[wanted[:-1]].rules
            else:
                self._add(real, self.routes(wanted))

    def _add_wishes(self, reader: Reader[Any]) -> None:
        for path in reader.files:
            self._add(path, [Route(reader, path)])
        for directory, suffixes in reader.directories.items():
            self._wishes[directory].rules.append((suffixes, reader, directory))
        for pattern in reader.patterns:
            self._add_pattern(pattern, reader)
        for magic in reader.magic:
            self._magic[magic].append(reader)

    def _add(self, path: str, routes: Iterable[Route]) -> None:
        directory, _, name = path.rpartition("/")
        files = self._wishes[directory].files
        files[name] = [*routes, *files.get(name, ())]

    def _add_pattern(self, pattern: str, reader: Reader[Any]) -> None:
        directory, _, name = pattern.removeprefix("**/").rpartition("/")
        above = _above(directory, reader.not_below)
        if "*" not in name:
            self._names[name].append(_Pattern(reader, name, above))
            return
        ending = name.removeprefix("*")
        if not ending.rpartition(".")[1] or "*" in ending:
            raise ValueError(f"{reader.name}: {pattern}: the last name is neither literal nor `*` and an ending")
        self._endings[ending[ending.rfind(".") :]].append(_Pattern(reader, ending, above))


def _first_of_each_reader(routes: Iterable[Route]) -> Sequence[Route]:
    return tuple({route.reader.name: route for route in reversed(list(routes))}.values())[::-1]


def _above(directory: str, not_below: Sequence[str]) -> re.Pattern[str] | None:
    """What the directories of a pattern's files match, anywhere in their paths; None for all."""
    last = f"(?:^|/){_glob(directory)}$" if directory else ""
    other = f"^(?!(?:.*/)?(?:{'|'.join(map(re.escape, not_below))})(?:/|$))" if not_below else ""
    return re.compile(other + (f".*{last}" if other and last else last)) if other or last else None


def _glob(directory: str) -> str:
    """A regular expression for the last directories of a path; `**` stands for any number of them."""
    parts = [".*" if part == "**" else re.escape(part).replace(r"\*", "[^/]*") for part in directory.split("/")]
    return "/".join(parts).replace("/.*/", "/(?:.*/)?")
