"""pnpm: pnpm-lock.yaml, versions 5 to 9.

Source: https://github.com/pnpm/spec/tree/master/lockfile
"""

import re
from collections.abc import Iterable, Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.blocks import Block, block, read_blocks, scalar
from lading.inventory.catalogers.declared.common import BrokenFileError, cataloger, package, reach, split_reference
from lading.inventory.needs import bounded, integrity
from lading.inventory.published import published
from lading.model.diagnostic import Diagnostic
from lading.model.package import Archive
from lading.model.reader import WantedFile

_NEEDED = ("dependencies", "optionalDependencies")
_INTEGRITY = re.compile(r"integrity: *([^\s,}]+)")
_TARBALL = re.compile(r"tarball: *([^\s,}]+)")
_REGISTRY_VERSION = re.compile(r"\d[^:/]*")


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The packages of each document of a lock file. Workspace members have neither name nor version there."""
    known = False
    for document in read_blocks(file.text):
        if "lockfileVersion" in document:
            known = True
            yield from _Lock(document).packages()
    if not known and file.text.strip():
        raise BrokenFileError("has no lockfileVersion")


class _Lock:
    """One document. `_entries` tell what a package is, `_snapshots` what it depends on (one and the same below 9)."""

    def __init__(self, document: Block) -> None:
        self._entries = block(document.get("packages"))
        self._snapshots = block(document.get("snapshots")) or self._entries
        self._tells_development = "snapshots" not in document
        self._slashed = scalar(document.get("lockfileVersion")).split(".")[0] in ("3", "4", "5")
        importers = [block(one) for one in block(document.get("importers")).values()] or [document]
        self._direct = {key for one in importers for key in self._keys(one, *_NEEDED)}
        self._direct_development = {key for one in importers for key in self._keys(one, "devDependencies")}

    def packages(self) -> Iterator[FoundPackage]:
        """The packages in the order of the file."""
        development = frozenset[str]() if self._tells_development else self._development()
        direct = {_without_peers(key) for key in self._direct | self._direct_development}
        needs = self._needs()
        for key, value in self._entries.items():
            entry = block(value)
            name, version = self._name_and_version(key)
            relationship = "direct" if _without_peers(key) in direct else "indirect"
            if _is_directory(entry.get("resolution")):
                relationship = "workspace"
            yield package(
                "npm",
                scalar(entry.get("name")) or name,
                scalar(entry.get("version")) or version,
                dev=key in development or scalar(entry.get("dev")) == "true",
                relationship=relationship,
                requires=bounded(needs.get(_without_peers(key), ())),
                archives=_archives(entry.get("resolution")),
            )

    def _needs(self) -> dict[str, list[str]]:
        """What each package depends on as NAME@VERSION, by its key without peers: with some peers or others."""
        needs: dict[str, list[str]] = {}
        for key, value in self._snapshots.items():
            named = map(self._name_and_version, self._keys(block(value), *_NEEDED))
            needs.setdefault(_without_peers(key), []).extend(f"{name}@{version}" for name, version in named)
        return needs

    def _development(self) -> frozenset[str]:
        """What is reached from development dependencies only, in the words of `packages`: without peers."""

        def edges(key: str) -> Iterable[str]:
            return self._keys(block(self._snapshots.get(key)), *_NEEDED)

        needed = {_without_peers(key) for key in reach(self._direct, edges)}
        return frozenset({_without_peers(key) for key in reach(self._direct_development, edges)} - needed)

    def _keys(self, needing: Block, *kinds: str) -> Iterator[str]:
        """The keys of the packages that an importer or a package depends on."""
        for kind in kinds:
            for name, value in block(needing.get(kind)).items():
                version = scalar(value) or scalar(block(value).get("version"))
                for key in (f"{name}@{version}", f"/{name}@{version}", f"/{name}/{version}", version):
                    if key in self._snapshots:
                        yield key
                        break

    def _name_and_version(self, key: str) -> tuple[str, str]:
        """What a package's key says; the version is empty where it is an address."""
        key = _without_peers(key)
        if self._slashed:
            path, _, version = key.rpartition("/")
            scope, _, name = path.rpartition("/")
            scope = scope.rpartition("/")[2]
            name, version = f"{scope}/{name}" if scope.startswith("@") else name, version.partition("_")[0]
        else:
            name, version = split_reference(key.removeprefix("/"))
        return name, version if _REGISTRY_VERSION.fullmatch(version) else ""


def _archives(resolution: str | Block | None) -> tuple[Archive, ...]:
    fields = block(resolution)
    stated = scalar(resolution) or " ".join(f"{name}: {scalar(fields.get(name))}" for name in ("integrity", "tarball"))
    digests, tarball = _INTEGRITY.search(stated), _TARBALL.search(stated)
    return published(tarball[1] if tarball else "", integrity(digests[1]) if digests else {})


def _is_directory(resolution: str | Block | None) -> bool:
    return "type: directory" in scalar(resolution) or scalar(block(resolution).get("type")) == "directory"


def _without_peers(key: str) -> str:
    """`a@1.0.0(b@2.0.0)` without what the peers were resolved to."""
    return key.partition("(")[0]


CATALOGER = cataloger("pnpm-lock", ("**/pnpm-lock.yaml",), read)
