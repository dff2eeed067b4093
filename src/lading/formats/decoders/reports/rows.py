"""What the decoders of reports share: how a package is named, and words that mean the same."""

from collections.abc import Iterable, Sequence
from typing import Final

from lading.formats.sbom.purls import parse_purl
from lading.model.advisory import SeverityLabel
from lading.model.errors import FormatError
from lading.model.foreign import ForeignPackage, ForeignRow

MOST_ROWS: Final = 500_000
"""How many rows of a report are read."""

_SEVERITIES: Final[dict[str, SeverityLabel]] = {
    "critical": "critical",
    "high": "high",
    "important": "high",
    "medium": "medium",
    "moderate": "medium",
    "low": "low",
    "minor": "low",
    "negligible": "negligible",
}


def severity_of(word: str) -> SeverityLabel:
    """A severity by its word, in any case."""
    return _SEVERITIES.get(word.strip().lower(), "unknown")


def severity_of_score(score: float) -> SeverityLabel:
    """A severity by its CVSS base score (https://www.first.org/cvss/v3.1/specification-document, section 5)."""
    if score <= 0:
        return "unknown"
    return "critical" if score >= 9 else "high" if score >= 7 else "medium" if score >= 4 else "low"


def package_named(purl: str, type: str, name: str, version: str) -> ForeignPackage:
    """A package by its package URL where it has one, and by what the report calls it. The version is the report's: a
    package URL may leave out an epoch."""
    named = parse_purl(purl, name) if purl else None
    if named is None:
        return ForeignPackage(type, name, version)
    return ForeignPackage(named.package.type, named.package.name, version or named.package.version)


def path_of(path: str) -> str:
    """A path in the image as ours are: without a leading slash."""
    return path.removeprefix("/")


def other_names(id: str, names: Iterable[str | None]) -> tuple[str, ...]:
    """The names that are not `id`, each once, in their order."""
    return tuple(dict.fromkeys(name for name in names if name and name != id))


def check_rows(rows: Sequence[ForeignRow], where: str) -> tuple[ForeignRow, ...]:
    """The rows. Raises FormatError when there are too many."""
    if len(rows) > MOST_ROWS:
        raise FormatError(f"{where}: {len(rows):,} rows, of which at most {MOST_ROWS:,} are read")
    return tuple(rows)
