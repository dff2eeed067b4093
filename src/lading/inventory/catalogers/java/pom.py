"""pom.properties and pom.xml: the coordinates Maven packs into the archives it builds.

Source: Maven Archiver's reference (META-INF/maven/GROUP/ARTIFACT/pom.properties and pom.xml) and Maven's POM reference.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from lading.inventory.catalogers.java.manifest import is_placeholder
from lading.inventory.needs import bounded
from lading.inventory.people import people, person
from lading.model.errors import SafeIOError
from lading.safeio.xmltree import Element, read_xml

_PROPERTY = re.compile(r"\s*(groupId|artifactId|version)\s*[=:\s]\s*(.*)")
_VARIABLE = re.compile(r"\$\{(?:project\.|pom\.)?([^${}]*)\}")
_NOT_AT_RUN_TIME = frozenset({"test", "provided", "system", "import"})
_ROUNDS = 3
_MOST_ELEMENTS = 20_000
_LONGEST = 300


class Pom(Struct, frozen=True):
    """Coordinates, each empty where the file does not state it. `requires` are the names, GROUP:ARTIFACT, of what the
    artifact needs when it runs, `maker` is who made it: the organization, else the developers."""

    group: str = ""
    artifact: str = ""
    version: str = ""
    licenses: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    maker: str = ""


def parse_properties(data: bytes) -> Pom:
    """Reads a pom.properties, a Java properties file of three keys."""
    found = {}
    for line in data.decode("utf-8", "backslashreplace").splitlines():
        if match := _PROPERTY.match(line):
            found[match[1]] = _settled(match[2].strip().replace("\\", ""))
    return Pom(found.get("groupId", ""), found.get("artifactId", ""), found.get("version", ""))


def parse_xml(data: bytes) -> Pom | None:
    """Reads a pom.xml; group and version come from its parent where it states none. None when it is no POM."""
    try:
        project = read_xml(data, elements=_MOST_ELEMENTS)
    except SafeIOError:
        return None
    if project.name != "project":
        return None
    parent = project.child("parent")
    values = {f"parent.{key}": parent.value(key) for key in ("groupId", "version")}
    values |= {key: project.value(key) or parent.value(key) for key in ("groupId", "version")}
    values |= {one.name: one.text.strip() for one in project.child("properties").children}
    licenses = (" ".join(one.value("name").split()) for one in project.child("licenses").all("license"))
    return Pom(
        group=_resolved(project.value("groupId") or parent.value("groupId"), values),
        artifact=_resolved(project.value("artifactId"), values),
        version=_resolved(project.value("version") or parent.value("version"), values),
        licenses=tuple(dict.fromkeys(name for name in licenses if name)),
        requires=bounded(_iter_needs(project.child("dependencies").all("dependency"), values)),
        maker=_maker(project),
    )


def _maker(project: Element) -> str:
    developers = project.child("developers").all("developer")
    return _settled(person(project.child("organization").value("name"))) or _settled(
        people(person(one.value("name"), one.value("email")) for one in developers)
    )


def _iter_needs(dependencies: Iterable[Element], values: Mapping[str, str]) -> Iterator[str]:
    for one in dependencies:
        group, artifact = (_resolved(one.value(key), values) for key in ("groupId", "artifactId"))
        if group and artifact and one.value("scope") not in _NOT_AT_RUN_TIME and one.value("optional") != "true":
            yield f"{group}:{artifact}"


def _resolved(text: str, values: Mapping[str, str]) -> str:
    """The text with the document's own properties put in for `${…}`; empty when some are not known."""
    for _ in range(_ROUNDS):
        if "${" not in text or len(text) > _LONGEST:
            break
        text = _VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)
    return _settled(text)


def _settled(text: str) -> str:
    return "" if is_placeholder(text) or len(text) > _LONGEST else text
