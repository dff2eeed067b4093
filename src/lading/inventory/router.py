"""From a path to the cataloger that wants it: dictionary look-ups, compiled once from every cataloger's wishes."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from lading.inventory.catalogers.base import Cataloger


class Route(Struct, frozen=True):
    """A file is wanted by `cataloger`, which knows it as `path`."""

    cataloger: Cataloger
    path: str


class Router:
    """`detours` send further real paths the way of wanted ones: {"opt/db/status": "var/lib/dpkg/status"}; a detour
    that ends in a slash sends every file of a directory."""

    def __init__(self, catalogers: Sequence[Cataloger], detours: Mapping[str, str] | None = None) -> None:
        self.files: dict[str, Route] = {}
        self._directories: dict[str, list[tuple[tuple[str, ...], Cataloger, str]]] = {}
        for cataloger in catalogers:
            for path in cataloger.files:
                self.files[path] = Route(cataloger, path)
            for directory, suffixes in cataloger.directories.items():
                self._directories.setdefault(directory, []).append((suffixes, cataloger, directory))
        for real, wanted in (detours or {}).items():
            if real.endswith("/"):
                self._directories[real[:-1]] = self._directories[wanted[:-1]]
            elif route := self.route(wanted):
                self.files[real] = route

    def route(self, path: str) -> Route | None:
        """Where the file at `path` goes, None for the many that nobody wants."""
        route = self.files.get(path)
        if route is not None:
            return route
        directory, _, name = path.rpartition("/")
        for suffixes, cataloger, known_as in self._directories.get(directory, ()):
            if name.endswith(suffixes):
                return Route(cataloger, f"{known_as}/{name}")
        return None

    @property
    def directories(self) -> Sequence[str]:
        """The directories in which files are wanted."""
        return tuple(self._directories)
