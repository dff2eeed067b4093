"""Maven: pom.xml.

Source: https://maven.apache.org/pom.html. Only the file itself is read: what a parent or a bill of materials elsewhere
says is unknown, and what dependencies depend on in turn.
"""

import re
from collections.abc import Iterator

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.declared.common import BrokenFileError, cataloger, package, unfixed
from lading.model.diagnostic import Diagnostic
from lading.model.reader import WantedFile
from lading.safeio.xmltree import Element, read_xml

_PROPERTY = re.compile(r"\$\{([^{}$]+)\}")
_EXACT = re.compile(r"\[?([0-9A-Za-z][^\s,()\[\]${}]*)\]?")
_MOST_STEPS = 8
_MOST_PROPERTIES = 4
_LONGEST = 500


def read(file: WantedFile) -> Iterator[FoundPackage | Diagnostic]:
    """The dependencies, in profiles too, whose version the file tells; the project itself is not one."""
    project = read_xml(file.data)
    if project.name != "project":
        raise BrokenFileError("is no project")
    properties = _properties(project)
    managed = {
        _coordinates(one, properties): one
        for one in project.child("dependencyManagement").child("dependencies").children
    }
    loose = []
    for place in (project, *project.child("profiles").children):
        for dependency in place.child("dependencies").all("dependency"):
            group, artifact = _coordinates(dependency, properties)
            other = managed.get((group, artifact), dependency)
            stated = dependency.value("version") or other.value("version")
            scope = dependency.value("scope") or other.value("scope")
            version = _EXACT.fullmatch(_expanded(stated, properties))
            if version and "$" not in group + artifact:
                yield package("maven", f"{group}:{artifact}", version[1], dev=scope == "test", relationship="direct")
            else:
                loose.append(f"{group}:{artifact}")
    yield from unfixed(file, loose)


def _properties(project: Element) -> dict[str, str]:
    """The properties, and the project's own coordinates under each of their names."""
    properties = {one.name: one.text.strip()[:_LONGEST] for one in project.child("properties").children}
    parent = project.child("parent")
    for name in ("groupId", "artifactId", "version"):
        inherited = parent.value(name)
        own = project.value(name) or inherited
        properties[f"project.{name}"] = properties[f"pom.{name}"] = own
        properties[f"project.parent.{name}"] = inherited
    properties.setdefault("version", properties["project.version"])
    properties.setdefault("groupId", properties["project.groupId"])
    return properties


def _coordinates(dependency: Element, properties: dict[str, str]) -> tuple[str, str]:
    group, artifact = dependency.value("groupId"), dependency.value("artifactId")
    return _expanded(group, properties), _expanded(artifact, properties)


def _expanded(stated: str, properties: dict[str, str]) -> str:
    """With the properties of this file; what it does not say stays as it is written."""
    for _ in range(_MOST_STEPS):
        if "${" not in stated or len(stated) > _LONGEST:
            break
        stated = _PROPERTY.sub(
            lambda match: properties.get(match[1].strip()) or match[0], stated, count=_MOST_PROPERTIES
        )
    return stated.strip()


CATALOGER = cataloger("maven-pom", ("**/pom.xml",), read)
