"""What Lading reads of a record."""

import msgspec
from msgspec import Struct

from lading.model.errors import FormatError


class OsvPackage(Struct, frozen=True):
    """`ecosystem` may carry a release (`Debian:12`)."""

    ecosystem: str
    name: str


class OsvRange(Struct, frozen=True):
    """`type` is SEMVER, ECOSYSTEM or GIT; each event has one key (introduced, fixed, last_affected, limit)."""

    type: str
    events: list[dict[str, str]] | None = None


class OsvSeverity(Struct, frozen=True):
    """A CVSS vector, or a distribution's word with the distribution as `type`."""

    type: str
    score: str


class OsvImport(Struct, frozen=True):
    """A package of a Go module, and which of its symbols and on which platforms have the vulnerability."""

    path: str
    symbols: list[str] | None = None
    goos: list[str] | None = None
    goarch: list[str] | None = None


class OsvSpecific(Struct, frozen=True):
    """Of what a database adds as it likes: its word for the severity, RustSec's for what is no plain vulnerability
    ("unmaintained"), CWE ids, GitHub's upper bound where no fix is known ("<= 1.2.3"), and whether people of Go's have
    seen a record ("UNREVIEWED")."""

    severity: object = None
    informational: object = None
    cwe_ids: object = None
    last_known_affected_version_range: object = None
    review_status: object = None


class OsvAffected(Struct, frozen=True):
    """One package; a version is affected when it is listed or inside a range. `ecosystem_specific` is read by
    ecosystem."""

    package: OsvPackage | None = None
    ranges: list[OsvRange] | None = None
    versions: list[str] | None = None
    severity: list[OsvSeverity] | None = None
    database_specific: OsvSpecific | None = None
    ecosystem_specific: msgspec.Raw = msgspec.Raw(b"null")


class OsvReference(Struct, frozen=True):
    """`type` is ADVISORY, WEB, FIX …"""

    url: str
    type: str = ""


class OsvRecord(Struct, frozen=True):
    """One record; dates are RFC 3339."""

    id: str
    modified: str = ""
    published: str = ""
    withdrawn: str | None = None
    summary: str | None = None
    details: str | None = None
    aliases: list[str] | None = None
    related: list[str] | None = None
    upstream: list[str] | None = None
    severity: list[OsvSeverity] | None = None
    affected: list[OsvAffected] | None = None
    references: list[OsvReference] | None = None
    database_specific: OsvSpecific | None = None


class _GoSpecific(Struct, frozen=True):
    imports: list[OsvImport] | None = None
    custom_ranges: list[OsvRange] | None = None


_DECODER = msgspec.json.Decoder(OsvRecord)
_GO = msgspec.json.Decoder(_GoSpecific)


def parse_osv(data: bytes) -> OsvRecord:
    """One record. Raises FormatError."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not an OSV record: {error}") from error


def parse_imports(ecosystem_specific: msgspec.Raw) -> list[OsvImport]:
    """The vulnerable packages that Go's records name, none where they name none in the form of the Go database
    (https://go.dev/doc/security/vuln/database)."""
    return _go_specific(ecosystem_specific).imports or []


def parse_custom_ranges(ecosystem_specific: msgspec.Raw) -> list[OsvRange]:
    """The ranges of versions that are not the module's in the eyes of Go, none where there are none."""
    return _go_specific(ecosystem_specific).custom_ranges or []


def _go_specific(ecosystem_specific: msgspec.Raw) -> _GoSpecific:
    try:
        return _GO.decode(ecosystem_specific) if ecosystem_specific != b"null" else _GoSpecific()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _GoSpecific()
