"""Python lock files in TOML and JSON: poetry.lock, pdm.lock, uv.lock, pylock.toml, Pipfile.lock.

Sources: https://packaging.python.org/en/latest/specifications/pylock-toml/, https://docs.astral.sh/uv/concepts/projects/layout/,
https://pipenv.pypa.io/en/latest/pipfile.html, and the files that Poetry and PDM write, which they do not specify.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import (
    BrokenFileError,
    cataloger,
    package,
    python_name,
    reach,
    read_json,
    read_toml,
    rows,
    strings,
    table,
    text,
)
from lading.inventory.needs import bare_names, bounded
from lading.inventory.published import iter_labelled, labelled, published, together
from lading.model.diagnostic import Diagnostic
from lading.model.package import Archive
from lading.model.reader import WantedFile

_Node = int | str


def read_poetry(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """Poetry 2 lists groups, Poetry up to 1.4 a category; those between tell nothing about development."""
    for entry in _entries(file, "package"):
        groups = strings(entry.get("groups")) or strings(entry.get("category"))
        needs = map(python_name, table(entry.get("dependencies")))
        yield _package(entry, dev=bool(groups) and "main" not in groups, requires=bounded(needs))


def read_pdm(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """Groups do not tell development from extras."""
    for entry in _entries(file, "package"):
        yield _package(entry, requires=bounded(map(python_name, bare_names(strings(entry.get("dependencies"))))))


def read_pylock(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """What comes from a directory or repository may have no version."""
    for entry in _entries(file, "packages"):
        yield _package(entry, requires=bounded(_stated_needs(entry.get("dependencies"))))


def read_uv(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """uv lists the project too, and what it needs in which cases."""
    entries = _entries(file, "package")
    graph = _Graph(entries)
    projects = {index: where for index, entry in enumerate(entries) if (where := _project(entry))}
    needed = [target for index in projects for target in graph.needed(index)]
    development = [target for index in projects for target in graph.development(index)]
    direct = graph.reached([*needed, *development], depth_one=True)
    only_development = graph.reached(development) - graph.reached([*projects, *needed])
    for index, entry in enumerate(entries):
        relationship = projects.get(index) or ("direct" if index in direct else "indirect")
        needs = bounded(graph.stated(index))
        yield _package(entry, dev=index in only_development, relationship=relationship, requires=needs)


def read_pipfile(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """Each category but `develop` is for use; what comes from a repository has no version."""
    document = read_json(file.data)
    if "_meta" not in document and "default" not in document:
        raise BrokenFileError("has no packages")
    for category, entries in document.items():
        if category != "_meta":
            for name, entry in table(entries).items():
                version = text(table(entry).get("version")).lstrip("=").strip()
                relationship = "workspace" if _is_directory(table(entry)) else ""
                yield package(
                    "pypi",
                    python_name(name),
                    version,
                    dev=category == "develop",
                    relationship=relationship,
                    archives=together(iter_labelled(strings(table(entry).get("hashes")))),
                )


def _entries(file: WantedFile, key: str) -> list[dict[str, Any]]:
    document = read_toml(file)
    if key not in document and not document.keys() & {"metadata", "version", "lock-version"}:
        raise BrokenFileError("has no packages")
    return [table(entry) for entry in rows(document.get(key))]


def _package(
    entry: dict[str, Any], dev: bool = False, relationship: str = "", requires: tuple[str, ...] = ()
) -> FoundPackage:
    name = python_name(text(entry.get("name")))
    version = text(entry.get("version"))
    if relationship != "root" and _is_directory(entry):
        relationship = "workspace"
    own = relationship == "root"
    archives = together(map(_archive, _files(entry)))
    return package(
        "pypi", name, version, dev=dev, relationship=relationship, requires=requires, own=own, archives=archives
    )


def _files(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The wheels and the archive of the source, as each tool lists them."""
    for key in ("files", "wheels"):
        yield from map(table, rows(entry.get(key)))
    yield from map(table, (entry.get("sdist"), entry.get("archive")))


def _archive(file: dict[str, Any]) -> tuple[Archive, ...]:
    stated = {f"{algorithm}:{text(value)}" for algorithm, value in table(file.get("hashes")).items()}
    digests: dict[str, str] = {}
    for one in sorted({text(file.get("hash")), *stated}):
        digests |= labelled(one)
    return published(text(file.get("url")), digests)


def _is_directory(entry: dict[str, Any]) -> bool:
    """Whether an entry is a directory beside the lock file: in Poetry's words, in uv's and pylock's, in PDM's and
    Pipenv's."""
    source = table(entry.get("source"))
    path = text(entry.get("path"))
    is_file = path.lower().endswith((".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2"))
    local = text(source.get("type")) == "directory" or "directory" in source or "directory" in entry
    return local or bool(path and not is_file)


def _stated_needs(dependencies: object) -> Iterator[str]:
    """The names of dependencies, each with its version where that is stated."""
    for dependency in map(table, rows(dependencies)):
        name, version = python_name(text(dependency.get("name"))), text(dependency.get("version"))
        yield f"{name}@{version}" if name and version else name


def _project(entry: dict[str, Any]) -> str:
    """Whether an entry of uv.lock is the project ("root") or a member of its workspace."""
    source = table(entry.get("source"))
    where = text(source.get("virtual")) or text(source.get("editable"))
    return ("root" if where == "." else "workspace") if where else ""


class _Graph:
    """What the entries of uv.lock need. A node is an entry's number, or a name, which leads to all versions."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self._entries = entries
        self._by_name: dict[str, list[int]] = {}
        self._by_version: dict[tuple[str, str], int] = {}
        for index, entry in enumerate(entries):
            name, version = text(entry.get("name")), text(entry.get("version"))
            self._by_name.setdefault(name, []).append(index)
            self._by_version.setdefault((name, version), index)

    def needed(self, index: int) -> Iterator[_Node]:
        """What an entry depends on, its extras included: uv lists only those that somebody asks for."""
        entry = self._entries[index]
        yield from self._nodes(entry.get("dependencies"))
        for extra in table(entry.get("optional-dependencies")).values():
            yield from self._nodes(extra)

    def stated(self, index: int) -> Iterator[str]:
        """As `needed`, in the words of the file."""
        entry = self._entries[index]
        for dependencies in (entry.get("dependencies"), *table(entry.get("optional-dependencies")).values()):
            yield from _stated_needs(dependencies)

    def development(self, index: int) -> Iterator[_Node]:
        """What an entry depends on for its development."""
        for group in table(self._entries[index].get("dev-dependencies")).values():
            yield from self._nodes(group)

    def reached(self, starts: Iterable[_Node], depth_one: bool = False) -> set[int]:
        """The entries that are reached from `starts`; with `depth_one` only those they stand for."""

        def edges(node: _Node) -> Iterable[_Node]:
            if isinstance(node, str):
                return self._by_name.get(node, ())
            return () if depth_one else self.needed(node)

        return {node for node in reach(starts, edges) if isinstance(node, int)}

    def _nodes(self, dependencies: object) -> Iterator[_Node]:
        """A dependency names a version only where there are several."""
        for dependency in map(table, rows(dependencies)):
            name, version = text(dependency.get("name")), text(dependency.get("version"))
            yield self._by_version.get((name, version), name) if version else name


CATALOGERS = (
    cataloger("poetry-lock", ("**/poetry.lock",), read_poetry),
    cataloger("pdm-lock", ("**/pdm.lock",), read_pdm),
    cataloger("uv-lock", ("**/uv.lock",), read_uv),
    cataloger("pylock", ("**/pylock.toml",), read_pylock),
    cataloger("pipfile-lock", ("**/Pipfile.lock",), read_pipfile),
)
