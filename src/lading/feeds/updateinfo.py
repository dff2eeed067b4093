"""`updateinfo.xml`: the advisories of a repository of rpm packages.

Source: the schema of createrepo_c and libdnf ("updateinfo"), and what Amazon, Rocky Linux, Fedora and SUSE write in it.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from lading.feeds.feed import open_document
from lading.model.errors import FeedError, SafeIOError
from lading.safeio.xmltree import Element, iter_elements
from lading.versions.evr import join_evr


class UpdatedPackage(Struct, frozen=True):
    """`version` is the whole of it, as shards write it. `source` is the file name of the source package, empty where
    the document has none."""

    name: str
    version: str
    arch: str
    source: str = ""


class Collection(Struct, frozen=True):
    """`short` is the collection's name for programs ("amazon-linux-2"), `module` the `name:stream` its packages are
    built in."""

    short: str
    name: str
    module: str
    packages: tuple[UpdatedPackage, ...]


class UpdateReference(Struct, frozen=True):
    """`kind` is "cve", "bugzilla", "self", …"""

    kind: str
    id: str
    url: str
    title: str


class Update(Struct, frozen=True):
    """`kind` is "security", "bugfix", "enhancement" or "newpackage". Dates are ISO 8601 days, empty when there are
    none."""

    id: str
    kind: str
    title: str
    severity: str
    summary: str
    description: str
    issued: str
    updated: str
    references: tuple[UpdateReference, ...]
    collections: tuple[Collection, ...]

    def vulnerabilities(self) -> tuple[str, ...]:
        """The CVE ids among the references, sorted."""
        return tuple(sorted({one.id for one in self.references if one.id.startswith("CVE-")}))


def iter_updates(path: Path) -> Iterator[Update]:
    """The advisories of a document, which may be compressed. Raises FeedError when it is broken."""
    stream = open_document(path)
    try:
        for element in iter_elements(stream, ("update",)):
            yield _update(element)
    except SafeIOError as error:
        raise FeedError(f"{path}: not an updateinfo document: {error}") from error
    finally:
        stream.close()


def _update(element: Element) -> Update:
    return Update(
        id=element.value("id"),
        kind=element.attributes.get("type", "").strip().lower(),
        title=" ".join(element.value("title").split()),
        severity=element.value("severity"),
        summary=" ".join(element.value("summary").split()),
        description=element.value("description"),
        issued=_day(element, "issued"),
        updated=_day(element, "updated"),
        references=tuple(map(_reference, element.child("references").all("reference"))),
        collections=tuple(_collection(one) for one in element.child("pkglist").all("collection")),
    )


def _reference(element: Element) -> UpdateReference:
    given = element.attributes
    return UpdateReference(
        given.get("type", "").lower(), given.get("id", "").strip(), given.get("href", ""), given.get("title", "")
    )


def _collection(element: Element) -> Collection:
    module = element.child("module").attributes
    name, stream = module.get("name", ""), module.get("stream", "")
    packages = tuple(_package(one.attributes) for one in element.all("package") if one.attributes.get("name"))
    return Collection(
        element.attributes.get("short", ""),
        element.value("name"),
        f"{name}:{stream}" if name and stream else "",
        packages,
    )


def _package(given: dict[str, str]) -> UpdatedPackage:
    version = join_evr(given.get("epoch", ""), given.get("version", ""), given.get("release", ""))
    return UpdatedPackage(given["name"], version, given.get("arch", ""), given.get("src", ""))


def _day(element: Element, name: str) -> str:
    """ "2023-02-17 20:41:00"; SUSE writes seconds since 1970."""
    text = element.child(name).attributes.get("date", "").strip()
    if text.isdigit() and len(text) <= 11:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(int(text), UTC).date().isoformat()
    return text[:10]
