"""Which of our packages another scanner means."""

from collections import defaultdict
from collections.abc import Iterable

from lading.match.groups import SYSTEM
from lading.model.foreign import ForeignPackage
from lading.model.names import advisory_name
from lading.model.package import Package
from lading.versions.schemes import compare


class PackageIndex:
    """The packages of an inventory by the names that others have for them."""

    def __init__(self, packages: Iterable[Package]) -> None:
        self._by_name: dict[tuple[str, str], dict[str, Package]] = defaultdict(dict)
        self._types: set[str] = set()
        for package in packages:
            self._types.add(package.type)
            for name in _names(package):
                self._by_name[package.type, advisory_name(package.type, name)][package.id] = package

    def named(self, foreign: ForeignPackage) -> tuple[Package, ...]:
        """Those of its type and name, of whatever version; of every type where the report does not say which."""
        types = [foreign.type] if foreign.type else sorted(self._types)
        found: dict[str, Package] = {}
        for type in types:
            found |= self._by_name.get((type, advisory_name(type, foreign.name)), {})
        return tuple(found.values())


def is_version(package: Package, version: str) -> bool:
    """Whether a package has the version that a report gives it: its own or its source's, as the type's rules take
    versions for the same. Reports may leave out an epoch, and the `v` of Go's versions. None given is any."""
    if not version:
        return True
    own = [package.version, package.source_version] if package.type in SYSTEM else [package.version]
    return any(_is_same(package.type, one, version) for one in own if one)


def folded(foreign: ForeignPackage) -> ForeignPackage:
    """The package with its name as advisories have it, so that two spellings of it are one."""
    version = foreign.version.removeprefix("v") if foreign.type == "golang" else foreign.version
    return ForeignPackage(foreign.type, advisory_name(foreign.type, foreign.name), version)


def _names(package: Package) -> Iterable[str]:
    yield package.name
    if package.source and package.type in SYSTEM:
        yield package.source
    if package.type == "maven":
        # The artifact alone, where a report has no group.
        yield package.name.rpartition(":")[2]


def _is_same(type: str, ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    if type == "golang":
        return _plain(ours) == _plain(theirs)
    if type in SYSTEM and (":" in ours) != (":" in theirs):
        ours, theirs = ours.rpartition(":")[2], theirs.rpartition(":")[2]
    return ours == theirs or compare(type, ours, theirs) == 0


def _plain(version: str) -> str:
    return version.removeprefix("go").removeprefix("v")
