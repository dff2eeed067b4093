"""From a header to the package it describes."""

import re
from collections.abc import Iterable

from lading.formats.rpm.header import Header, Tag
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.rpm.signature import signing_key
from lading.inventory.needs import bounded
from lading.inventory.unread import fault_of
from lading.model.errors import SafeIOError
from lading.model.properties import MODULARITY, SIGNING_KEY, SOURCE_RPM

_SOURCE = re.compile(r"(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm")
_OWN_FEATURES = "rpmlib("  # what the package asks of rpm itself
_KEY = "gpg-pubkey"  # a key that rpm trusts, in a package's clothes
_KIND, _REGULAR = 0o170000, 0o100000
_ON_DISK = (0, 3)  # normal and on a shared file system; the others were replaced or never written
_MOST_PATHS = 100_000_000
"""Characters of file paths in one database; large desktops have 30 million."""


def found_package(
    name: str,
    version: str,
    epoch: int | None,
    *,
    arch: str,
    vendor: str,
    source_rpm: str,
    license_text: str = "",
    modularity: str | None = None,
    files: tuple[str, ...] = (),
    requires: tuple[str, ...] = (),
    provides: tuple[str, ...] = (),
    key: str = "",
) -> FoundPackage | None:
    """`version` with its release; None for what is no package."""
    if name == _KEY:
        return None
    source = _SOURCE.fullmatch(source_rpm)
    properties = {SOURCE_RPM: source_rpm} if source_rpm else {}
    if modularity is not None:
        properties[MODULARITY] = modularity
    if key:
        properties[SIGNING_KEY] = key
    if epoch is not None:
        properties["epoch"] = str(epoch)
    return FoundPackage(
        type="rpm",
        name=name,
        version=f"{epoch}:{version}" if epoch else version,
        arch=arch,
        source=source[1] if source else name,
        source_version=source[2] if source else version,
        maintainer=vendor,
        licenses=(license_text,) if license_text else (),
        files=files,
        properties=properties,
        requires=requires,
        provides=provides,
    )


class HeaderReader:
    """Packages from headers: `damaged` counts headers that could not be read, `unlisted` packages whose files were
    left out because their names ask for too much memory."""

    def __init__(self) -> None:
        self.packages: list[FoundPackage] = []
        self.damaged = 0
        self.unlisted = 0
        self._paths_left = _MOST_PATHS

    def read(self, blobs: Iterable[bytes | None]) -> None:
        """Raises SafeIOError where `blobs` does; what came before is kept."""
        for blob in blobs:
            try:
                package = self._package(Header(blob or b""))
            except SafeIOError:
                self.damaged += 1
                continue
            if package is not None:
                self.packages.append(package)

    def _package(self, header: Header) -> FoundPackage | None:
        if header.is_altered:
            raise SafeIOError("its digest is of another header")
        name, version, release = header.text(Tag.NAME), header.text(Tag.VERSION), header.text(Tag.RELEASE)
        if fault := fault_of(name, version):
            raise SafeIOError(fault)
        epochs = header.numbers(Tag.EPOCH)
        return found_package(
            name,
            f"{version}-{release}" if release else version,
            epochs[0] if epochs else None,
            arch=header.text(Tag.ARCH),
            vendor=header.text(Tag.VENDOR),
            source_rpm=header.text(Tag.SOURCE_RPM),
            license_text=header.text(Tag.LICENSE),
            modularity=header.text(Tag.MODULARITY_LABEL) if Tag.MODULARITY_LABEL in header else None,
            files=self._files(header),
            requires=bounded(one for one in header.texts(Tag.REQUIRES) if not one.startswith(_OWN_FEATURES)),
            provides=bounded(one for one in header.texts(Tag.PROVIDES) if one != name),
            key=signing_key(header),
        )

    def _files(self, header: Header) -> tuple[str, ...]:
        """The regular files that were written to disk; none when the lists do not fit together."""
        names, indexes = header.texts(Tag.BASE_NAMES), header.numbers(Tag.DIR_INDEXES)
        directories = [directory.lstrip("/") for directory in header.texts(Tag.DIR_NAMES)]
        modes = header.numbers(Tag.FILE_MODES)
        states = header.numbers(Tag.FILE_STATES) or (0,) * len(names)
        if not names or not len(names) == len(indexes) == len(modes) == len(states):
            return ()
        if max(indexes) >= len(directories):
            return ()
        lengths = [len(directory) for directory in directories]
        self._paths_left -= sum(map(len, names)) + sum(map(lengths.__getitem__, indexes))
        if self._paths_left < 0:
            self.unlisted += 1
            return ()
        return tuple(
            directories[index] + name
            for name, index, mode, state in zip(names, indexes, modes, states, strict=True)
            if mode & _KIND == _REGULAR and state in _ON_DISK
        )
