"""Copies of other software inside Python packages.

Sources: PEP 770 (`sboms` in dist-info) with https://cyclonedx.org/docs/1.6/json/; auditwheel, which puts libraries
into NAME.libs (once NAME/.libs) and a part of their hash into their names; the lists vendor.txt and vendored.txt that
pip and setuptools keep of their `_vendor` directories, in the form of PEP 508.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from lading.model.reader import Content
from lading.safeio.javascript_json import decode_json
from lading.safeio.limits import Spend, unbounded

_LONGEST_LINE = 1000
_PINNED = re.compile(r"\s*+([A-Za-z0-9][A-Za-z0-9._-]*+)\s*+(?:\[[^\]]*+\]\s*+)?(?:\(\s*+)?===?\s*+([^\s;,#)\\]+)")
_SHARED = re.compile(r"(?:.*\.)?so(?:\.([0-9].*))?")
_HASH = re.compile("[0-9a-f]{8,}")
# How the types with namespaces write the full name; of the others the namespace is not a part of it.
_JOINTS = {"maven": ":", "npm": "/", "golang": "/", "composer": "/", "github": "/", "swift": "/", "huggingface": "/"}


# What the libraries are called whose products have other names: in file names without "lib" and interface numbers.
_PRODUCTS = {
    "brotlicommon": "brotli",
    "brotlidec": "brotli",
    "brotlienc": "brotli",
    "crypto": "openssl",
    "freetype": "freetype2",
    "jpeg": "libjpeg-turbo",
    "lcms": "little cms 2",
    "lzma": "xz",
    "openjp": "openjpeg",
    "sharpyuv": "libwebp",
    "ssl": "openssl",
    "turbojpeg": "libjpeg-turbo",
    "webpdecoder": "libwebp",
    "webpdemux": "libwebp",
    "webpmux": "libwebp",
    "z": "zlib",
}
_INTERFACE = "0123456789.-_"


class Component(Struct, frozen=True, order=True):
    """Software inside a package; `purl` only where it says more than the other fields. `scope` is CycloneDX's
    "optional" for what need not be there, else empty."""

    type: str
    name: str
    version: str
    arch: str = ""
    purl: str = ""
    scope: str = ""


def read_pins(text: str) -> list[tuple[str, str]]:
    """(name as written, version) of every requirement that is pinned to one version."""
    pins = (_PINNED.match(line) for line in text.split("\n") if len(line) <= _LONGEST_LINE)
    return [(pin[1], pin[2]) for pin in pins if pin and "*" not in pin[2]]


def find_libraries(paths: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """(path, name, number behind ".so.") of the libraries that auditwheel put into a wheel. The number is that of the
    interface: no release, though some projects choose them alike."""
    for path in paths:
        directory, _, file = path.rpartition("/")
        name, _, ending = file.partition(".")
        shared = _SHARED.fullmatch(ending)
        if directory.endswith(".libs") and shared:
            parts = name.split("-")
            while len(parts) > 1 and _HASH.fullmatch(parts[-1]):  # one for each time it was packed
                parts.pop()
            if len(parts) <= name.count("-"):
                yield path, "-".join(parts), shared[1] or ""


def names_of_library(library: str) -> set[str]:
    """What documents may call the library of a file name; `names_of_component` has one of them in common."""
    stem = library.lower().removeprefix("lib").rstrip(_INTERFACE)
    return {library.lower(), stem, _PRODUCTS.get(stem, stem)}


def names_of_component(stated: str) -> set[str]:
    """A component's name as it is compared; some have two of them ("libjpeg / libjpeg-turbo")."""
    names = stated.lower().split(" / ")
    return {*names, *(name.removeprefix("lib") for name in names)}


def read_components(content: Content, spend: Spend = unbounded) -> tuple[Component, ...] | None:
    """The components of a CycloneDX document, those inside components too, sorted; None for a document of another
    format. Those left out took part in building it only, or have neither version nor package URL, so that nothing
    can be matched against them. `spend` is told of what takes long. Raises ValueError when it is broken."""
    document = decode_json(content, object, spend=spend)
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
    """None for what is no software, such as a file, or is left out."""
    name, version, purl, scope = (_word(stated.get(key)) for key in ("name", "version", "purl", "scope"))
    if scope == "excluded":
        return None
    scope = scope if scope == "optional" else ""
    if purl:
        try:
            return _identified(purl, version, scope)
        except ValueError:
            pass
    if not name or not version or stated.get("type") not in ("library", "framework", "application"):
        return None
    group = _word(stated.get("group"))
    return Component("generic", f"{group}/{name}" if group else name, version, scope=scope)


def _identified(text: str, version: str, scope: str) -> Component:
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
        scope=scope,
    )


def _word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
