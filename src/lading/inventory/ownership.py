"""Which package owns a path.

Package databases name files as they were packed; on disk the directories above may be links (`/lib` to `/usr/lib`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from lading.model.package import Package


def owners_of(paths: Iterable[str], packages: Iterable[Package], links: Mapping[str, str]) -> dict[str, Package]:
    """The owner of each path that has one. `links` are the links to directories with the directory each leads to.

    A path listed by name is its package's; else it belongs to the package that owns the nearest directory above it.
    """
    by_directory = links_by_directory(links)
    wanted = {name: path for path in paths for name in names_of(path, by_directory)}
    owners: dict[str, Package] = {}
    directories: dict[str, Package] = {}
    for package in packages:
        for file in package.files:
            path = wanted.get(file)
            if path is not None:
                owners.setdefault(path, package)
            elif file.endswith("/"):
                directories.setdefault(file, package)
    if directories:
        for name, path in wanted.items():
            if path not in owners:
                found = next((directories[above] for above in _above(name) if above in directories), None)
                if found is not None:
                    owners[path] = found
    return owners


def links_by_directory(links: Mapping[str, str]) -> dict[str, list[str]]:
    """The links that lead to each directory, for `names_of`."""
    by_directory: defaultdict[str, list[str]] = defaultdict(list)
    for link, directory in sorted(links.items()):
        by_directory[directory].append(link)
    return dict(by_directory)


def names_of(path: str, links: Mapping[str, list[str]]) -> Iterator[str]:
    """The path, and the names it has through links (see links_by_directory)."""
    yield path
    if links:
        for above in _above(path):
            for link in links.get(above[:-1], ()):
                yield f"{link}/{path[len(above) :]}"


def _above(path: str) -> Iterator[str]:
    """The directories above a path, the nearest first, each with a slash at its end."""
    end = path.rfind("/")
    while end > 0:
        yield path[: end + 1]
        end = path.rfind("/", 0, end)
