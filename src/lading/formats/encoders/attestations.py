"""Results of a scan to be attested: the predicate that `cosign attest --type vuln` takes
(https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md), and the statement of in-toto
(https://github.com/in-toto/attestation/blob/main/spec/predicates/vulns_02.md)."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from msgspec import Raw, Struct, field

from lading.formats.cvss_vectors import vectors_of
from lading.formats.documents.report import encode_report
from lading.formats.finding_texts import untagged
from lading.formats.view import View
from lading.model.decision import Evaluated
from lading.model.errors import FormatError
from lading.model.image import Image
from lading.model.report import Report
from lading.model.rows import Row, rows_of
from lading.safeio.json_text import encode_document, iter_document

_STATEMENT: Final = "https://in-toto.io/Statement/v1"
_VULNERABILITIES: Final = "https://in-toto.io/attestation/vulns/v0.2"
_NO_RESULT: Final = b'\n    "result": null'
"""No text holds a line break, so that this stands once in a predicate."""
_NO_TIME: Final = "1970-01-01T00:00:00Z"


class _Invocation(Struct):
    parameters: tuple[str, ...]
    uri: str
    event_id: str
    builder: str = field(name="builder.id", default="")


class _CosignDatabase(Struct):
    uri: str
    version: str


class _CosignScanner(Struct):
    uri: str
    version: str
    db: _CosignDatabase
    result: Raw


class _Times(Struct, rename="camel"):
    scan_started_on: str
    scan_finished_on: str


class _CosignPredicate(Struct):
    invocation: _Invocation
    scanner: _CosignScanner
    metadata: _Times


class _Database(Struct, rename="camel"):
    uri: str
    version: str
    last_update: str


class _Severity(Struct, frozen=True):
    method: str
    score: str


class _Vulnerability(Struct):
    id: str
    severity: tuple[_Severity, ...]
    annotations: tuple[dict[str, str], ...]


class _Scanner(Struct):
    uri: str
    version: str
    db: _Database
    result: tuple[_Vulnerability, ...] = ()


class _Predicate(Struct):
    scanner: _Scanner
    metadata: _Times


class _Subject(Struct):
    name: str
    digest: dict[str, str]


class _Statement(Struct, rename={"type": "_type", "predicate_type": "predicateType"}):
    type: str
    subject: tuple[_Subject, ...]
    predicate_type: str
    predicate: _Predicate


def encode_cosign_vuln(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """The whole report as a predicate. The times are the day of the decision: a report has no clock."""
    nothing = cosign_predicate(Raw(b"null"), view.tool, evaluated.report.database, evaluated.decision.day)
    before, after = nothing.split(_NO_RESULT)
    yield before + _NO_RESULT[:-4]
    last = b""
    for piece in encode_report(evaluated, view):
        yield last.replace(b"\n", b"\n    ")
        last = piece
    yield last.rstrip(b"\n").replace(b"\n", b"\n    ") + after


def cosign_predicate(report: Raw, tool: str, database: str, day: str) -> bytes:
    """A report in JSON as a predicate; `tool`, `database` and `day` are what it says itself."""
    scanner = _CosignScanner(_program(tool), tool.partition(" ")[2], _CosignDatabase("", database), report)
    return encode_document(_CosignPredicate(_Invocation((), "", ""), scanner, _times(day)))


def encode_in_toto(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """A statement on the images, by their digests: the open rows that nobody suppressed, with what the report says of
    them as annotations. The times are as above. Raises FormatError for what has no digest."""
    report = evaluated.report
    scanner = _Scanner(
        uri=_program(view.tool),
        version=view.tool.partition(" ")[2],
        db=_Database("", report.database, _updated(report)),
    )
    found = (_vulnerability(row, target.image) for target in report.targets for row in rows_of(target.findings))
    subjects = tuple(_subject(target.image) for target in report.targets)
    predicate = _Predicate(scanner, _times(evaluated.decision.day))
    statement = _Statement(_STATEMENT, subjects, _VULNERABILITIES, predicate)
    return iter_document(statement, 3, (("result", found),))


def _subject(image: Image) -> _Subject:
    digest = image.digest or image.config_digest
    if not digest:
        raise FormatError(f"{image.name}: has no digest, and a statement of in-toto is about what has one")
    algorithm, _, value = digest.partition(":")
    return _Subject(untagged(image.name), {algorithm: value})


def _program(tool: str) -> str:
    name, _, version = tool.partition(" ")
    return f"pkg:pypi/{quote(name)}@{quote(version)}"


def _times(day: str) -> _Times:
    time = f"{day}T00:00:00Z" if day else _NO_TIME
    return _Times(time, time)


def _updated(report: Report) -> str:
    """When the newest of the data was last compared with its upstream."""
    sources = (one for target in report.targets for coverage in target.coverage for one in coverage.sources)
    return max((one.confirmed for one in sources if one.confirmed), default=_NO_TIME)


def _vulnerability(row: Row, image: Image) -> _Vulnerability:
    finding = row.finding
    rated = [_Severity(finding.severity.source or "unknown", finding.severity.label)]
    rated += [_Severity(f"cvss:{one.version}", f"{one.score:.1f}") for one in vectors_of(finding) if one.score]
    facts = {
        "package": finding.package.purl or f"{finding.package.name}@{finding.package.version}",
        "status": finding.status,
        "fixedVersion": row.fixed_version,
        "hiddenReason": row.hidden_reason,
        "image": untagged(image.name),
    }
    return _Vulnerability(
        finding.id, tuple(dict.fromkeys(rated)), ({name: value for name, value in facts.items() if value},)
    )
