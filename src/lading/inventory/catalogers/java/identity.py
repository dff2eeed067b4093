"""Which artifact an archive is, by the evidence in it: Maven's record of it, the manifest, the file name."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct, structs

from lading.inventory.catalogers.java.evidence import group_of, is_group, symbolic_name
from lading.inventory.catalogers.java.filenames import FileName, parse_name
from lading.inventory.catalogers.java.groups import TOMCAT, is_known, is_well_known
from lading.inventory.catalogers.java.manifest import bundle_licenses
from lading.inventory.catalogers.java.pom import Pom
from lading.inventory.people import person
from lading.versions.flavours import is_flavour

_IDENTIFIER = re.compile(r"\w[\w.-]*", re.ASCII)
_VERSION = re.compile(r"[vr]?\d[^\s/]*", re.ASCII)
_IVY_TITLE = re.compile(r"(?P<group>[\w.-]+)#(?P<artifact>[\w.-]+)(?:;.*)?", re.ASCII)
_VERSIONS = (
    "nar-version",
    "plugin-version",
    "implementation-version",
    "bundle-version",
    "specification-version",
)
_TITLES = ("nar-id", "artifact-id", "short-name", "implementation-title")


_MAKERS = ("implementation-vendor", "bundle-vendor", "specification-vendor")


class Evidence(Struct, frozen=True):
    """What an archive says of itself: its path, the manifest's main section, the coordinates packed into it, and the
    Java packages of its classes, None where they cannot be told; they are asked for where nothing else tells."""

    path: str
    manifest: Mapping[str, str]
    poms: Sequence[Pom]
    packages: Callable[[], Collection[str] | None] = lambda: None

    @property
    def file_name(self) -> FileName:
        """The name of the file, with what other evidence says about where its version begins."""
        return parse_name(self.path, tuple(self.manifest.get(key, "") for key in _VERSIONS))


class Identity(Struct, frozen=True):
    """The archive is `own`, None when no evidence is enough; `others` are copies of other artifacts inside it."""

    own: Pom | None
    others: tuple[Pom, ...]


def identify(evidence: Evidence) -> Identity:
    """Weighs the evidence of one archive."""
    name = evidence.file_name
    record = _own_record(name, evidence)
    others = tuple(dict.fromkeys(pom for pom in evidence.poms if pom is not record and pom.artifact and pom.version))
    own = _completed(record or _named(name, evidence.manifest), name, evidence)
    if own is None:
        return Identity(None, others)
    return Identity(own, tuple(pom for pom in others if (pom.group, pom.artifact) != (own.group, own.artifact)))


def full_name(pom: Pom) -> str:
    """ "group:artifact", or the artifact alone when its group is not known."""
    return f"{pom.group}:{pom.artifact}" if pom.group else pom.artifact


def _own_record(name: FileName, evidence: Evidence) -> Pom | None:
    """The one of the packed coordinates that is the archive's own, and not those of a copy inside it."""
    best, found = 0, None
    for pom in evidence.poms:
        fit = _fit(pom, name, evidence)
        if fit > best:
            best, found = fit, pom
    if found is None and not name.version:
        of_same_version = [pom for pom in evidence.poms if pom.version and pom.version in _stated(evidence.manifest)]
        return of_same_version[0] if len(of_same_version) == 1 else None
    return found


def _stated(manifest: Mapping[str, str]) -> list[str]:
    return [manifest[key] for key in _VERSIONS if key in manifest]


def _fit(pom: Pom, name: FileName, evidence: Evidence) -> int:
    """How well coordinates fit an archive, 0 for not at all."""
    if not pom.artifact:
        return 0
    names = (_plain(pom.artifact), _plain(f"{pom.group}.{pom.artifact}"))
    stem, whole = _plain(name.stem), tuple(_plain(f"{one}-{pom.version}") for one in names)
    if pom.version and (stem in whole or stem.startswith(tuple(f"{one}-" for one in whole))):
        return 4
    if stem in names or _plain(name.artifact) in names:
        return 3
    manifest = evidence.manifest
    symbolic = symbolic_name(manifest)
    said = (*(manifest.get(key, "") for key in _TITLES), manifest.get("automatic-module-name", ""), symbolic)
    if f"{pom.group}:{pom.artifact}" in said or any(_plain(one) in names for one in said):
        return 2
    stated = _stated(manifest)
    is_other = (
        len(evidence.poms) > 1
        or (name.version and not f"{name.version}-".startswith(f"{pom.version}-"))
        or is_well_known(name.stem)
        or (any(said) and stated and pom.version not in stated)
    )
    return 0 if is_other else 1


def _plain(name: str) -> str:
    """The name as files are often called after it."""
    return name.lower().replace("_", "-")


def _named(name: FileName, manifest: Mapping[str, str]) -> Pom:
    """The artifact by the file name where that has a version or is well known, by the manifest otherwise."""
    title = next((manifest[key] for key in _TITLES if key in manifest), "")
    if name.stem in TOMCAT and title == "Apache Tomcat":
        return Pom("org.apache.tomcat", TOMCAT[name.stem])
    if match := _IVY_TITLE.fullmatch(title):
        return Pom(match["group"], name.artifact if name.version else match["artifact"])
    symbolic = symbolic_name(manifest)
    if not name.version and not is_known(name.stem) and symbolic.rpartition(".")[2] != name.stem:
        artifact = title or symbolic or manifest.get("automatic-module-name") or manifest.get("specification-title", "")
        return Pom(artifact=artifact or name.stem)
    group, _, last = name.artifact.rpartition(".")
    if is_group(group) and (last == group.rpartition(".")[2] or "-" in last) and not is_known(name.artifact):
        return Pom(group, last)  # Quarkus puts the group before the artifact
    return Pom(artifact=name.artifact)


def _completed(pom: Pom, name: FileName, evidence: Evidence) -> Pom | None:
    """The coordinates with what they lack from weaker evidence; None when there is no version."""
    manifest = evidence.manifest
    version = (
        _of_flavour(pom.version, name.version)
        or (name.version if _VERSION.fullmatch(name.version) else "")
        or _version(manifest)
    )
    if not version:
        return None
    return structs.replace(
        pom,
        group=pom.group or _group(pom.artifact, version, evidence),
        version=version,
        licenses=pom.licenses or bundle_licenses(manifest.get("bundle-license", "")),
        maker=pom.maker or _maker(manifest),
    )


def _maker(manifest: Mapping[str, str]) -> str:
    return next((found for key in _MAKERS if (found := person(manifest.get(key, "")))), "")


def _of_flavour(version: str, named: str) -> str:
    """The version of a record, with the platform that only the file name tells: `12.8.2` of `-12.8.2.jre8.jar`."""
    return named if version and named.startswith(version) and is_flavour(named[len(version) :]) else version


def _version(manifest: Mapping[str, str]) -> str:
    found = (_VERSION.match(manifest.get(key, "")) for key in _VERSIONS)
    return next((match[0] for match in found if match), "")


def _group(artifact: str, version: str, evidence: Evidence) -> str:
    stated = evidence.manifest.get("nar-group") or evidence.manifest.get("group-id")
    return stated or group_of(artifact, version, evidence.manifest, evidence.packages())
