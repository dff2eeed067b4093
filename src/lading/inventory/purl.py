"""Package URLs by the rules of each type.

Source: https://github.com/package-url/purl-spec, types-doc.
"""

import re

from msgspec import structs

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.model.package import DISTRIBUTED, Distribution
from lading.model.properties import QUALIFIERS, source_rpm

_LOWER = frozenset({"bitnami", "composer", "github", "hex", "pub", "pypi", "vscode-extension"})
_PATHS = frozenset({"composer", "github", "golang", "hex", "huggingface", "npm", "swift"})
"""Types whose names carry the namespace in front of the last slash."""


def package_url(found: FoundPackage, distribution: Distribution | None) -> str:
    """The canonical package URL of a package in a distribution; empty for a name that makes none (":", "a/")."""
    if found.purl:
        return found.purl
    namespace, name, subpath = _split(found.type, found.name)
    version, qualifiers = found.version, {"arch": found.arch}
    if found.type in DISTRIBUTED and distribution is not None:
        namespace = distribution.id
        release = distribution.version_id or distribution.codename
        qualifiers["distro"] = f"{distribution.id}-{release}" if release else distribution.id
    if found.type == "rpm":
        epoch, _, version = version.rpartition(":")
        qualifiers |= {"epoch": epoch, "upstream": source_rpm(found)}
    elif found.type in DISTRIBUTED and found.source:
        if found.source_version and found.source_version != version:
            qualifiers["upstream"] = f"{found.source}@{found.source_version}"
        elif found.source != found.name:
            qualifiers["upstream"] = found.source
    for key in QUALIFIERS.get(found.type, ()):
        qualifiers[key] = found.properties.get(key, "")
    return _written(found.type, namespace, name, version, qualifiers, subpath)


def candidate_urls(found: FoundPackage) -> tuple[str, ...]:
    """The package URLs of what a package may be, where its name leaves that open."""
    named = (structs.replace(found, name=name) for name in found.candidates)
    return tuple(sorted(package_url(one, None) for one in named))


def _written(type: str, namespace: str, name: str, version: str, qualifiers: dict[str, str], subpath: str) -> str:
    """The canonical form. Thousands are written for each image, which the general library takes long for; tests hold
    it against that library."""
    name = name.strip("/ ")
    if not name:
        return ""
    above = "".join(f"{_quoted(part)}/" for part in namespace.split("/") if part)
    at = f"@{_quoted(version)}" if version else ""
    pairs = "&".join(f"{key}={_quoted(value, '/')}" for key, value in sorted(qualifiers.items()) if value)
    below = "/".join(_quoted(part) for part in subpath.split("/") if part not in ("", ".", ".."))
    return f"pkg:{type}/{above}{_quoted(name)}{at}{'?' if pairs else ''}{pairs}{'#' if below else ''}{below}"


def _quoted(text: str, safe: str = "") -> str:
    if _PLAIN.fullmatch(text):
        return text
    from urllib.parse import quote

    return quote(text.encode("utf-8", "surrogatepass"), safe=f"{safe}:")


_PLAIN = re.compile(r"[A-Za-z0-9._~:-]*")


def _split(type: str, name: str) -> tuple[str, str, str]:
    """(namespace, name, subpath)."""
    if type in _LOWER:
        name = name.lower()
    if type == "maven":
        group, _, artifact = name.rpartition(":")
        return group, artifact, ""
    if type == "cocoapods":
        pod, _, subspec = name.partition("/")
        return "", pod, subspec
    if type == "cpan":
        return "", name.replace("::", "-"), ""
    if type == "vscode-extension":
        publisher, _, extension = name.partition(".")
        return publisher, extension, ""
    if type in _PATHS:
        namespace, _, last = name.rpartition("/")
        return namespace, last, ""
    return "", name, ""
