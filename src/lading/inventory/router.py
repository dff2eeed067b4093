"""From a path to the cataloger that wants it: dictionary look-ups, compiled once from every cataloger's wishes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from lading.inventory.catalogers.base import Cataloger


class Route(Struct, frozen=True):
    """A file is wanted by `cataloger`, which knows it as `path`."""

    cataloger: Cataloger
    path: str


class _Wishes:
    """What is wanted in one directory: files by name, and (suffixes, cataloger, directory as it knows it)."""

    def __init__(self) -> None:
        self.files: dict[str, Route] = {}
        self.rules: list[tuple[tuple[str, ...], Cataloger, str]] = []


class Router:
    """`detours` send further real paths the way of wanted ones: {"opt/db/status": "var/lib/dpkg/status"}; a detour
    that ends in a slash sends every file of a directory."""

    def __init__(self, catalogers: Sequence[Cataloger], detours: Mapping[str, str] | None = None) -> None:
        self._wishes: defaultdict[str, _Wishes] = defaultdict(_Wishes)
        for cataloger in catalogers:
            for path in cataloger.files:
                self._add(path, Route(cataloger, path))
            for directory, suffixes in cataloger.directories.items():
                self._wishes[directory].rules.append((suffixes, cataloger, directory))
        for real, wanted in (detours or {}).items():
            if real.endswith("/"):
                self._wishes[real[:-1]].rules += self._wishes[wanted[:-1]].rules
            elif route := self.route(wanted):
                self._add(real, route)

    def route(self, path: str) -> Route | None:
        """Where the file at `path` goes, None for the many that nobody wants."""
        directory, _, name = path.rpartition("/")
        wishes = self._wishes.get(directory)
        if wishes is None:
            return None
        route = wishes.files.get(name)
        if route is not None:
            return route
        for suffixes, cataloger, known_as in wishes.rules:
            if name.endswith(suffixes):
                return Route(cataloger, f"{known_as}/{name}")
        return None

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
