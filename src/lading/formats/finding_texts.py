"""What documents for other tools say of a finding, in one line each."""

from typing import Final

from lading.model.advisory import SEVERITY_ORDER, Severity, SeverityLabel
from lading.model.finding import Finding, FixState, Suppression
from lading.model.image import Image, Layer
from lading.model.package import Package
from lading.model.rows import Row

_NO_FIX: Final[dict[FixState, str]] = {
    "wont_fix": "the supplier will not fix it",
    "deferred": "the supplier will fix it later",
    "minor": "the supplier calls it minor",
    "end_of_life": "the supplier no longer supports the release",
}
_LEAST_SCORE: Final[dict[SeverityLabel, float]] = {"critical": 9.0, "high": 7.0, "medium": 4.0, "low": 0.1}
"""Where a rating begins (https://www.first.org/cvss/v3.1/specification-document, 5)."""
_URLS: Final = ("https://", "http://")


def package_text(finding: Finding) -> str:
    """The package as people name it: that of the source, and its version."""
    package = finding.package
    return f"{package.source or package.name} {package.source_version or package.version}"


def headline(finding: Finding) -> str:
    """`CVE-2024-1 in curl 8.1-2`."""
    return f"{finding.id} in {package_text(finding)}"


def advice(row: Row) -> str:
    """What can be done about a row."""
    finding = row.finding
    if row.fixed_version:
        return f"Upgrade {finding.package.source or finding.package.name} to {row.fixed_version}."
    if finding.status == "under_investigation":
        return f"Under investigation: {finding.reason or 'it is not known whether this version is affected'}."
    why = _NO_FIX.get(finding.fix_state)
    return f"No fixed version is known{f': {why}' if why else ''}."


def line_text(package: Package, image: Image) -> str:
    """The line of the Dockerfile that introduced a package: `Dockerfile:3`; empty where it is not known."""
    return layer_line(image.layer(package.layer), image)


def layer_line(layer: Layer | None, image: Image) -> str:
    """The line of the Dockerfile that made a layer: `Dockerfile:3`; empty where it is not known."""
    return f"{image.dockerfile}:{layer.line}" if layer is not None and layer.line and image.dockerfile else ""


def lines_of(row: Row, image: Image) -> tuple[str, ...]:
    """The same of all packages of a row, each once."""
    return tuple(dict.fromkeys(line for one in row.findings if (line := line_text(one.package, image))))


def use_word(row: Row) -> str:
    """Whether its packages are in use: `yes`, `no`, or empty where that is not known."""
    return {True: "yes", False: "no", None: ""}[row.in_use]


def suppression_text(one: Suppression) -> str:
    """Which statement suppresses something, and why: `ignore lading.toml:3: not reachable`."""
    return f"{one.source} {one.where}: {one.reason}".rstrip(": ")


def one_line(text: str) -> str:
    """A text as one line without control characters, which are written out (`\\x1b`)."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in line)


def score_of(severity: Severity) -> float:
    """Its score, or the least one of its word; 0 without either."""
    return severity.score or _LEAST_SCORE.get(severity.label, 0.0)


def worse(first: Severity, second: Severity) -> Severity:
    """The worse of two; the first where they are alike."""
    return max(first, second, key=lambda one: (SEVERITY_ORDER.index(one.label), score_of(one)))


def address(finding: Finding) -> str:
    """Where its description stands; empty where no address of the web is known."""
    return finding.url if finding.url.startswith(_URLS) else ""


def untagged(name: str) -> str:
    """The name of an image without its tag and digest."""
    head, slash, last = name.partition("@")[0].rpartition("/")
    return head + slash + (last.partition(":")[0] or last)


def repo_tags(image: Image) -> tuple[str, ...]:
    """The name of an image with its tag, as engines list it; none without a tag."""
    name = image.name.partition("@")[0]
    return (name,) if image.config_digest and name != untagged(name) else ()


def repo_digests(image: Image) -> tuple[str, ...]:
    """The name of an image with the digest of its manifest, as engines list it; none without a digest."""
    return (f"{untagged(image.name)}@{image.digest}",) if image.digest else ()
