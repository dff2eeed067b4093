"""What the file name of a Java archive says: `artifact-version[-classifier].jar` in Maven's repositories, and
`symbolic.name_version.jar` as OSGi's plug-ins are named."""

import re
from posixpath import basename

from msgspec import Struct

_OSGI = re.compile(r"(?P<artifact>[A-Za-z][\w.-]*?)_(?P<version>\d+\.\d+\.\d+(?:\.\w+(?:-\d+)?)?)$", re.ASCII)
_DOTTED = re.compile(r"(?P<artifact>[A-Za-z][A-Za-z0-9_-]*)\.(?P<version>\d+(?:\.\d+)+(?:[.-]\w+)*)$", re.ASCII)
_VERSION_START = re.compile(r"\d|[vr]\d[\d.]*$", re.ASCII)
_QUALIFIER = re.compile(
    r"(?:alpha|android|beta|build|cr|dev|final|ga|incubating|jre|m|milestone|patch|pr|pre|preview|rc|release|sec|"
    r"snapshot|sp)[\d.]*$",
    re.ASCII | re.IGNORECASE,
)
_CLASSIFIER = re.compile(
    r"-(?:(?:linux|osx|macos|mac|windows|win|natives?)(?:[-_.].*)?|(?:aarch|arm|x86|ppc|s390).*|"
    r"(?:test-)?(?:sources|javadoc)|tests?|all|shaded|uber|fat|exec|executable|boot|bin|bootable|runner|standalone|"
    r"jar-with-dependencies|with-dependencies|no-?deps?|jdk\d+|java\d+|jakarta|no_aop|classes|client|plain)$",
    re.ASCII,
)
_ENDING = re.compile(r"\.[A-Za-z]\w*$", re.ASCII)
_LONGEST = 255
"""What file systems allow; members of archives may have longer names."""


class FileName(Struct, frozen=True):
    """A file name without its ending, and its parts; `artifact` is all of it where no version is seen."""

    stem: str
    artifact: str
    version: str = ""


def parse_name(path: str, versions: tuple[str, ...] = ()) -> FileName:
    """Reads the file name of `path`; one of `versions`, known from elsewhere, tells where its version begins."""
    stem = _ENDING.sub("", basename(path))
    if len(stem) > _LONGEST:
        return FileName(stem, stem)
    for version in versions:
        at = stem.find(f"-{version}") if version else -1
        if at > 0 and _CLASSIFIER.sub("", stem[at + 1 :]) == version:
            return FileName(stem, stem[:at], version)
    at = _version_start(stem)
    match = _OSGI.match(stem) or (None if at else _DOTTED.match(stem))
    return FileName(stem, match["artifact"], match["version"]) if match else _split(stem, at)


def _split(stem: str, at: int) -> FileName:
    if at <= 0:
        return FileName(stem, stem)
    return FileName(stem, stem[:at], _CLASSIFIER.sub("", stem[at + 1 :]))


def _version_start(stem: str) -> int:
    """Where the hyphen before the version stands, 0 without one. The version starts at the first part that begins
    with a digit, unless a better one follows: after a single number, or after words that are no part of a version, as
    in `log4j-1.2-api-2.17.1`."""
    found, at, weak = 0, 0, False
    for part in stem.split("-"):
        if _VERSION_START.match(part) and at and (not found or (weak and "." in part)):
            found, weak = at - 1, "." not in part
        elif found and not _QUALIFIER.match(part) and not part[:1].isdigit():
            weak = True
        at += len(part) + 1
    return found
