"""What the two formats share: the value a document stands for, how it is decoded, and its identity and date."""

import hashlib
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec
from msgspec import Struct, structs

from lading.formats.sbom.facts import facts_of, with_facts
from lading.formats.sbom.own_file import own_file
from lading.formats.sbom.purls import Named, most_named, parse_purl
from lading.model.build_records import BuildRecord
from lading.model.cpe import parse_cpe
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError
from lading.model.image import Image
from lading.model.package import DISTRIBUTED, Archive, Distribution, Inventory, Location, Package, UnmanagedFile
from lading.safeio.json_text import encode_json

ADDRESS = "https://lading.dev/"
LEFT_OUT = frozenset({"files", "depends_on"})
"""Fields of a package that are no facts of it: which paths it owns matters only while an image is read, what it needs
stands among what documents say of all packages."""
HASHES = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
"""Algorithms by CycloneDX's names; SPDX has the same without the dash."""
OPERATING_SYSTEM: Final = frozenset({"OPERATING_SYSTEM", "OPERATING-SYSTEM"})
"""The purpose of a package in SPDX 2, as its JSON schema and as its text spell it."""
MOST_COMPONENTS = 200_000
"""How many components of a document are read."""
NO_ASSERTION: Final = "no-assertion"
"""Our fact of which elements of a package nothing is known, by their IDs (see policy.completeness) with commas between:
what is not stated and not among them was forgotten."""
FILE_KIND: Final = "file-kind"
"""Our fact of what the file of a package is (see own_file.OwnFile.kind), where a format has no words for it."""
UNIDENTIFIED = "unidentified-components"
"""The code of the diagnostic on packages that nothing can be matched with."""
_IMAGES = ("pkg:docker/", "pkg:oci/")
_LONGEST = 2000
"""Characters of a name or a version."""
_ACTOR = re.compile(r"([^<>]+?) ?<([^<>\s]+)>")
_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}
_DIGITS = re.compile(r"[0-9a-f]+")
_PURL = re.compile(r"pkg:[A-Za-z.+-]+/[!#$&-;=?-\[\]_a-z~%]+")
_WEB = re.compile(r"https?://[!$&-;=?-\[\]_a-z~%]+")
_HEX = re.compile(r"[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}")
_ORDER = ("type", "name", "version", "arch")
_Document = TypeVar("_Document")


class Remarks(Struct, frozen=True):
    """What a document of ours says of an image as a whole: of its inventory what matching needs beside the packages,
    and what whoever looked could not see. With `no_distribution` its packages of operating systems are of none that is
    known, whatever their package URLs say."""

    diagnostics: tuple[Diagnostic, ...] = ()
    unmanaged: tuple[UnmanagedFile, ...] = ()
    build_records: dict[str, BuildRecord] = {}
    symbols: dict[str, bytes] = {}
    recovered: tuple[str, ...] = ()
    no_distribution: bool = False


class Stated(Struct, frozen=True):
    """The fields of a document that tell of one package, in either format."""

    name: str
    version: str
    purl: str = ""
    group: str = ""
    maintainer: str = ""
    licenses: tuple[str, ...] = ()
    cpes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    source: str = ""
    source_version: str = ""
    properties: Mapping[str, str] = {}
    digests: Mapping[str, str] = {}
    archives: tuple[Archive, ...] = ()

    @property
    def full_name(self) -> str:
        """The name as advisories know it, if the document gives it in two parts."""
        separator = ":" if self.purl.startswith("pkg:maven/") else "/"
        return f"{self.group}{separator}{self.name}" if self.group else self.name


def stated_package(stated: Stated) -> Named | None:
    """The package a document tells of, by its package URL; without one it is of no known type, and without a version
    either it is none at all. None too for images."""
    named = parse_purl(stated.purl, stated.full_name)
    if named is None:
        if stated.purl.startswith(_IMAGES) or not (stated.name and stated.version):
            return None
        named = Named(bare_package(stated, "generic"))
    package = named.package
    if stated.source and package.type in DISTRIBUTED and package.source == package.name:
        version = stated.source_version or package.source_version
        package = structs.replace(package, source=stated.source, source_version=version)
    package = structs.replace(
        package,
        version=package.version or stated.version,
        maintainer=stated.maintainer,
        licenses=_distinct(stated.licenses),
        cpes=_distinct(stated.cpes),
        locations=tuple(Location(path.removeprefix("/"), 0) for path in _distinct(stated.paths)),
        properties={**package.properties, **stated.properties},
        digests=dict(stated.digests),
        archives=stated.archives,
    )
    return structs.replace(named, package=package)


def bare_package(stated: Stated, kind: str = "") -> Package:
    """What is left of a package without a package URL."""
    return Package(stated.full_name, stated.version, kind, purl=stated.purl, evidence="sbom")


def package_facts(package: Package, stated: Stated) -> dict[str, str]:
    """What a document of ours adds to the fields that state a package."""
    named = stated_package(stated)
    facts = facts_of(package, named.package if named is not None else bare_package(stated), LEFT_OUT)
    if unknown := ", ".join(_unknown(package, stated)):
        facts[NO_ASSERTION] = unknown
    return facts


def _unknown(package: Package, stated: Stated) -> Iterator[str]:
    """The elements that guidelines ask for and nothing in the image tells."""
    known = {name for digests in (stated.digests, *(one.digests for one in stated.archives)) for name in digests}
    if not known:
        yield "digest"
    if not package.locations:
        yield "file"
    if stated.digests and own_file(package) is None:
        yield FILE_KIND
    if not stated.licenses:
        yield "license"
    if "sha512" not in known:
        yield "sha512"
    if not stated.maintainer:
        yield "supplier"
    if not stated.version:
        yield "version"


def package_of(stated: Stated, facts: Mapping[str, str], where: str) -> Named | None:
    """The package that a document's fields state and our facts complete. None for what is no package, or none of a name
    and version that could be one's. Raises FormatError."""
    named = stated_package(stated)
    if facts:
        named = named or Named(bare_package(stated))
        named = structs.replace(named, package=with_facts(named.package, facts, where))
    return None if named is not None and _is_too_long(named.package) else named


def needs_of(packages: Sequence[Package], names: Sequence[str]) -> dict[str, list[str]]:
    """What each package needs, by the names that a document has for the packages."""
    if not any(package.depends_on for package in packages):
        return {}
    known = {package.id: name for package, name in zip(packages, names, strict=True)}
    return {
        name: [known[one] for one in package.depends_on if one in known]
        for package, name in zip(packages, names, strict=True)
        if package.depends_on
    }


def with_needs(named: Mapping[str, Named], edges: Iterable[tuple[str, str]]) -> list[Named]:
    """The packages, by their names in a document, with what they need. That one was installed by another does not say
    that this needs it."""
    needs: defaultdict[str, set[str]] = defaultdict(set)
    for name, other in edges:
        one, needed = named.get(name), named.get(other)
        if one is None or needed is None or one is needed:
            continue
        if not needed.package.owner or needed.package.owner != one.package.purl:
            needs[name].add(needed.package.id)
    return [
        structs.replace(one, package=structs.replace(one.package, depends_on=tuple(sorted(needs[name]))))
        if name in needs
        else one
        for name, one in named.items()
    ]


def check_count(components: Sequence[object], where: str) -> None:
    """Raises FormatError when there are too many."""
    if len(components) > MOST_COMPONENTS:
        raise FormatError(f"{where}: {len(components):,} components, of which at most {MOST_COMPONENTS:,} are read")


def is_unidentified(stated: Stated) -> bool:
    """Whether a document says nothing of a package that advisories know it by: neither a package URL that is one, nor a
    CPE."""
    named = stated_package(stated)
    if named is not None and _is_too_long(named.package):
        return True
    if stated.purl.startswith(_IMAGES) or any(parse_cpe(text) is not None for text in stated.cpes):
        return False
    return parse_purl(stated.purl) is None


def actor(text: str) -> tuple[str, str]:
    """Name, and address without brackets, of `NAME <ADDRESS>`; the name alone where it is not of this form. Both are
    on one line."""
    match = _ACTOR.fullmatch(" ".join(text.split()))
    return (match[1], match[2]) if match else (" ".join(text.split()), "")


def image_digests(image: Image) -> dict[str, str]:
    """The digest of an image's manifest by its algorithm; nothing where it has none, or one of an unknown kind."""
    algorithm, _, value = image.digest.partition(":")
    return {algorithm: value} if algorithm in HASHES and _HEX.fullmatch(value) else {}


def digests_stated(digests: Mapping[str, str]) -> dict[str, str]:
    """Those of digests that documents have words for: of a known algorithm, and of its length in hexadecimal."""
    return {
        name: digest
        for name, digest in digests.items()
        if name in HASHES and len(digest) == _LENGTHS[name] and _DIGITS.fullmatch(digest)
    }


def with_only_archive(stated: Stated, package: Package) -> Stated:
    """What a document states of a package, which has one place for an archive: with the file that a package of no file
    of its own is published as, where there is no other; or with its digests alone where its address is not known."""
    if len(package.archives) != 1 or package.digests:
        return stated
    archives = archives_stated(package, nameless=True)
    if not archives or archives[0].url:
        return structs.replace(stated, archives=archives)
    return structs.replace(stated, digests=archives[0].digests)


def archives_stated(package: Package, *, nameless: bool) -> tuple[Archive, ...]:
    """The archives of a package with the digests that documents have words for: those of a web address, and where the
    document has another name for them those without any."""
    known = (Archive(one.url, digests_stated(one.digests)) for one in package.archives)
    return tuple(one for one in known if is_web(one.url) or (nameless and not one.url and one.digests))


def is_web(address: str) -> bool:
    """Whether an address is of the web, and needs no escapes."""
    return _WEB.fullmatch(address) is not None


def is_locator(purl: str) -> bool:
    """Whether a package URL may stand for an address: it needs no escapes."""
    return _PURL.fullmatch(purl) is not None


def is_taken(image: Image) -> bool:
    """Whether an inventory was taken from an image that is built, not from another's document."""
    return image.source != "sbom"


def unidentified_remark(count: int, remarks: Remarks, where: str) -> tuple[Diagnostic, ...]:
    """What is to be said of so many packages of a document, unless the document says it itself."""
    if not count or any(one.code == UNIDENTIFIED for one in remarks.diagnostics):
        return ()
    what = "1 component has" if count == 1 else f"{count:,} components have"
    message = f"{what} no package URL that can be read, and no CPE: not matched; state what they are by package URLs"
    return (diagnostic("unidentified-components", message, where),)


def partial_remark(completeness: Iterable[str], remarks: Remarks, where: str) -> tuple[Diagnostic, ...]:
    """What is to be said where a document says in the words of its format that it lists not all there is, unless it
    says itself what is missing."""
    is_partial = any(one.startswith("incomplete") for one in completeness)
    if not is_partial or remarks.unmanaged or any(one.level == "incomplete" for one in remarks.diagnostics):
        return ()
    message = "it says of itself that it does not list all there is: what is missing was not matched"
    return (diagnostic("partial-sbom", message, where),)


def _is_too_long(package: Package) -> bool:
    return max(len(package.name), len(package.version)) > _LONGEST


def remarks_of(inventory: Inventory, diagnostics: tuple[Diagnostic, ...]) -> Remarks:
    """What a document of ours says beyond its packages and its distribution."""
    distributed = any(package.type in DISTRIBUTED for package in inventory.packages)
    return Remarks(
        diagnostics=diagnostics,
        unmanaged=inventory.unmanaged,
        build_records=inventory.build_records,
        symbols=inventory.symbols,
        recovered=inventory.recovered,
        no_distribution=distributed and inventory.distribution is None,
    )


def inventory_of(named: Iterable[Named], distribution: Distribution | None, remarks: Remarks) -> Inventory:
    """Packages in the inventory's order, those alike but for their places as one. Without a stated distribution it is
    that of most packages."""
    named = list(named)
    merged: dict[bytes, Package] = {}
    for one in named:
        package = one.package
        key = msgspec.json.encode(structs.replace(package, locations=()), order="sorted")
        known = merged.get(key)
        if known is not None:
            package = structs.replace(package, locations=tuple(sorted({*known.locations, *package.locations})))
        merged[key] = package
    packages = sorted(merged.values(), key=lambda package: [getattr(package, field) for field in _ORDER])
    return Inventory(
        distribution=distribution if distribution is not None or remarks.no_distribution else most_named(named),
        packages=tuple(packages),
        unmanaged=tuple(sorted(remarks.unmanaged)),
        build_records=remarks.build_records,
        symbols=remarks.symbols,
        recovered=remarks.recovered,
    )


def decode(data: bytes | str, kind: type[_Document], where: str, format: str) -> _Document:
    """A document. Raises FormatError."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError(f"{where}: cannot be read as {format}: {error}") from error


def decode_all(texts: Iterable[str], kind: type[_Document], where: str) -> tuple[_Document, ...]:
    """Values that a document of ours holds as texts of JSON. Raises FormatError."""
    return tuple(decode(text, kind, where, f"a {kind.__name__}") for text in texts)


def identity(document: object) -> str:
    """A UUID that follows from the content of a document."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{ADDRESS}{hashlib.sha256(encode_json(document)).hexdigest()}"))


def created(image: Image) -> str:
    """When an image was built, in UTC and to the second; empty when that is unknown."""
    try:
        date = datetime.fromisoformat(image.created)
        # Without a zone it may be any; the year 1 is what builders write who want no date in an image.
        if date.tzinfo is None or date.year == 1:
            return ""
        return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    except (ValueError, OverflowError):
        return ""


def unique(names: Iterable[str]) -> list[str]:
    """The names in order, those that came before with a number behind them."""
    seen: dict[str, int] = {}
    given: set[str] = set()
    result = []
    for name in names:
        candidate = name
        while candidate in given:
            seen[name] = seen.get(name, 1) + 1
            candidate = f"{name}-{seen[name]}"
        given.add(candidate)
        result.append(candidate)
    return result


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts)))
