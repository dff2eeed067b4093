"""Copies of other software inside Python packages.

Sources: PEP 770 (`sboms` in dist-info) with https://cyclonedx.org/docs/1.6/json/; auditwheel, which puts libraries
into NAME.libs (once NAME/.libs) and a part of their hash into their names; the lists vendor.txt and vendored.txt that
pip and setuptools keep of their `_vendor` directories, in the form of PEP 508.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

_LONGEST_LINE = 1000
_PINNED = re.compile(r"\s*+([A-Za-z0-9][A-Za-z0-9._-]*+)\s*+(?:\[[^\]]*+\]\s*+)?(?:\(\s*+)?===?\s*+([^\s;,#)\\]+)")
_LIBRARY = re.compile(r"(?:^|/)[^/]*\.libs/([^/]+)-[0-9a-f]{8,}\.(?:[^/]*\.)?so(?:\.([0-9][^/]*))?$")
# How the types with namespaces write the full name; of the others the namespace is not a part of it.
_JOINTS = {"maven": ":", "npm": "/", "golang": "/", "composer": "/", "github": "/", "swift": "/", "huggingface": "/"}


class Component(Struct, frozen=True, order=True):
    """Software inside a package; `purl` only where it says more than the other fields."""

    type: str
    name: str
    version: str
    arch: str = ""
    purl: str = ""


def read_pins(text: str) -> list[tuple[str, str]]:
    """(name as written, version) of every requirement that is pinned to one version."""
    pins = (_PINNED.match(line) for line in text.split("\n") if len(line) <= _LONGEST_LINE)
    return [(pin[1], pin[2]) for pin in pins if pin and "*" not in pin[2]]


def find_libraries(paths: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """(path, name, version) of the libraries that auditwheel put into a wheel. The version is that of the so-name,
    empty when it is a single number, which tells of the interface only."""
    for path in paths:
        match = _LIBRARY.search(path)
        if match:
            version = match[2] or ""
            yield path, match[1], version if "." in version else ""


def read_components(data: bytes) -> tuple[Component, ...] | None:
    """The components of a CycloneDX document, those inside components too, sorted; None for a document of another
    format. Raises ValueError when it is broken."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        return None
    found = set()
    waiting: list[object] = [document.get("components")]
    while waiting:
        listed = waiting.pop()
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict):
                waiting.append(one.get("components"))
                component = _component(one)
                if component is not None:
                    found.add(component)
    return tuple(sorted(found))


def _component(stated: dict[object, object]) -> Component | None:
    """None for what is no software, such as a file, or has no name."""
    name, version, purl = (_word(stated.get(key)) for key in ("name", "version", "purl"))
    if purl:
        try:
            return _identified(purl, version)
        except ValueError:
            pass
    if not name or stated.get("type") not in ("library", "framework", "application"):
        return None
    group = _word(stated.get("group"))
    return Component("generic", f"{group}/{name}" if group else name, version)


def _identified(text: str, version: str) -> Component:
    """By its package URL. Raises ValueError."""
    from packageurl import PackageURL

    purl = PackageURL.from_string(text)
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    joint = _JOINTS.get(purl.type)
    name = f"{purl.namespace}{joint}{purl.name}" if purl.namespace and joint else purl.name
    says_more = bool(qualifiers or purl.subpath or (purl.namespace and not joint))
    return Component(
        type=purl.type,
        name=name,
        version=purl.version or version,
        arch=qualifiers.get("arch", ""),
        purl=text if says_more else "",
    )


def _word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
