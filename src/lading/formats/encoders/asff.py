"""Findings in the AWS Security Finding Format, for `aws securityhub batch-import-findings`, which takes 100 of them in
one call (https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html)."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct, field

from lading.formats.cvss_vectors import vectors_of
from lading.formats.finding_texts import address, advice, headline, line_text, suppression_text, untagged
from lading.formats.issue_texts import issue_address, issue_line, issue_place, issue_said
from lading.formats.view import View
from lading.model.advisory import SeverityLabel
from lading.model.checks import Issue, IssueKind
from lading.model.decision import Evaluated
from lading.model.finding import Finding, Suppression
from lading.model.report import Target
from lading.model.rows import Row, rows_of, suppressed_rows_of
from lading.safeio.json_text import iter_array

_VERSION: Final = "2018-10-08"
_TYPE: Final = "Software and Configuration Checks/Vulnerabilities/CVE"
_TYPES: Final[dict[IssueKind, str]] = {
    "misconfiguration": "Software and Configuration Checks",
    "secret": "Sensitive Data Identifications/Passwords",
    "license": "Software and Configuration Checks",
    "malware": "Unusual Behaviors/Container",
}
"""What each kind of issue is, in the words of the format's own taxonomy of types."""
_SEVERITIES: Final[dict[SeverityLabel, str]] = {
    "unknown": "INFORMATIONAL", "negligible": "INFORMATIONAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH",
    "critical": "CRITICAL",
}  # fmt: skip
_MANAGERS: Final = {
    "apk": "OS", "deb": "OS", "rpm": "OS", "cargo": "CARGO", "composer": "COMPOSER", "gem": "BUNDLER",
    "golang": "GOMOD", "maven": "JAR", "npm": "NODEPKG", "nuget": "NUGET", "pypi": "PYTHONPKG",
}  # fmt: skip
_NO_DAY: Final = "1970-01-01"
_LONGEST_TITLE: Final = 256
_LONGEST_DESCRIPTION: Final = 1_024
_LONGEST_ADVICE: Final = 512
_LONGEST_ID: Final = 512
_LONGEST_VALUE: Final = 1_024
_MOST_PACKAGES: Final = 50


class _Severity(Struct, rename="pascal", omit_defaults=True):
    label: str
    original: str = ""


class _Recommendation(Struct, rename="pascal", omit_defaults=True):
    text: str
    url: str = ""


class _Remediation(Struct, rename="pascal"):
    recommendation: _Recommendation


class _Container(Struct, rename="pascal", omit_defaults=True):
    image_id: str
    image_name: str


class _Details(Struct, rename="pascal"):
    container: _Container


class _Resource(Struct, rename="pascal"):
    type: str
    id: str
    partition: str
    region: str
    details: _Details


class _Cvss(Struct, rename="pascal"):
    version: str
    base_score: float
    base_vector: str
    source: str


class _Vendor(Struct, rename="pascal", omit_defaults=True):
    name: str
    url: str = ""
    vendor_severity: str = ""


class _Package(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    name: str
    version: str
    architecture: str = ""
    package_manager: str = ""
    file_path: str = ""
    fixed_in_version: str = ""
    source_layer_hash: str = ""


class _Vulnerability(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    id: str
    vulnerable_packages: tuple[_Package, ...]
    cvss: tuple[_Cvss, ...] = ()
    related_vulnerabilities: tuple[str, ...] = ()
    vendor: _Vendor
    reference_urls: tuple[str, ...] = ()
    fix_available: str
    epss_score: float | None = None
    exploit_available: str = ""


class _Malware(Struct, rename="pascal"):
    name: str
    path: str
    state: str


class _Compliance(Struct, rename="pascal"):
    status: str
    related_requirements: tuple[str, ...]


class _Provided(Struct, rename="pascal"):
    severity: _Severity
    types: tuple[str, ...]


class _Workflow(Struct, rename="pascal"):
    status: str


class _Note(Struct, rename="pascal"):
    text: str
    updated_by: str
    updated_at: str


class _Finding(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    schema_version: str
    id: str
    product_arn: str
    generator_id: str
    aws_account_id: str
    types: tuple[str, ...]
    created_at: str
    updated_at: str
    severity: _Severity
    title: str
    description: str
    remediation: _Remediation
    source_url: str = field(name="SourceUrl", default="")
    product_fields: dict[str, str]
    resources: tuple[_Resource, ...]
    record_state: str
    workflow: _Workflow
    note: _Note | None = None
    vulnerabilities: tuple[_Vulnerability, ...] = ()
    malware: tuple[_Malware, ...] = ()
    compliance: _Compliance | None = None
    finding_provider_fields: _Provided


def encode_asff(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """The open rows of each image and what checks found and is not hidden, the suppressed ones as suppressed, as a
    list. The times are the day of the decision: a report has no clock."""
    time = f"{evaluated.decision.day or _NO_DAY}T00:00:00Z"
    yield b"["
    yield from iter_array(_each_once(evaluated, view, time), "")
    yield b"\n"


def _each_once(evaluated: Evaluated, view: View, time: str) -> Iterator[_Finding]:
    """Vulnerabilities before issues; what several images have in common under one ID, once."""
    targets, seen = evaluated.report.targets, set[str]()
    rows = (
        _finding(row, target, view, time)
        for target in targets
        for row in chain(rows_of(target.findings), suppressed_rows_of(target.findings))
    )
    issues = (
        _issue(issue, target, view, time) for target in targets for issue in target.issues if not issue.hidden_reason
    )
    for one in chain(rows, issues):
        if one.id not in seen:
            seen.add(one.id)
            yield one


def _finding(row: Row, target: Target, view: View, time: str) -> _Finding:
    finding = row.finding
    region, account = view.variables.get("AWS_REGION", ""), view.variables.get("AWS_ACCOUNT_ID", "")
    severity = _Severity(_SEVERITIES[finding.severity.label], finding.severity.label)
    url, line = address(finding), line_text(finding.package, target.image)
    facts = {
        "Product Name": view.tool,
        "lading/status": finding.status,
        "lading/hidden": row.hidden_reason,
        "lading/purl": finding.package.purl,
        "lading/line": line,
        "lading/fingerprint": finding.fingerprint,
    }
    package, platform = finding.package, str(target.image.platform or "")
    named = (untagged(target.image.name), platform, finding.fingerprint, package.source_version or package.version)
    return _Finding(
        schema_version=_VERSION,
        id=_cut("/".join(filter(None, named)), _LONGEST_ID),
        product_arn=_product(region, account),
        generator_id=_cut(f"lading/{finding.id}", _LONGEST_ID),
        aws_account_id=account,
        types=(_TYPE,),
        created_at=time,
        updated_at=time,
        severity=severity,
        title=_cut(headline(finding), _LONGEST_TITLE),
        description=_cut(finding.summary or headline(finding), _LONGEST_DESCRIPTION),
        remediation=_Remediation(_Recommendation(_cut(advice(row), _LONGEST_ADVICE), url)),
        source_url=url,
        product_fields={name: _cut(value, _LONGEST_VALUE) for name, value in facts.items() if value},
        resources=(_resource(target, region),),
        record_state="ACTIVE",
        workflow=_Workflow("SUPPRESSED" if finding.suppressions else "NEW"),
        note=_note(finding.suppressions, time),
        vulnerabilities=(_vulnerability(row, target),),
        finding_provider_fields=_Provided(severity, (_TYPE,)),
    )


def _issue(issue: Issue, target: Target, view: View, time: str) -> _Finding:
    region, account = view.variables.get("AWS_REGION", ""), view.variables.get("AWS_ACCOUNT_ID", "")
    severity, url = _Severity(_SEVERITIES[issue.severity], issue.severity), issue_address(issue)
    kind, place = _TYPES[issue.kind], issue_place(issue)
    facts = {
        "Product Name": view.tool,
        "lading/kind": issue.kind,
        "lading/place": place,
        "lading/line": issue_line(issue, target.image),
        "lading/fingerprint": issue.fingerprint,
    }
    named = (untagged(target.image.name), str(target.image.platform or ""), issue.occurrence)
    malware = (_Malware(_cut(issue.title, _LONGEST_VALUE), _cut(place, _LONGEST_VALUE), "OBSERVED"),)
    return _Finding(
        schema_version=_VERSION,
        id=_cut("/".join(filter(None, named)), _LONGEST_ID),
        product_arn=_product(region, account),
        generator_id=_cut(f"lading/{issue.id}", _LONGEST_ID),
        aws_account_id=account,
        types=(kind,),
        created_at=time,
        updated_at=time,
        severity=severity,
        title=_cut(f"{issue.title} ({place})", _LONGEST_TITLE),
        description=_cut(issue_said(issue), _LONGEST_DESCRIPTION),
        remediation=_Remediation(_Recommendation(_cut(issue.fix or issue.title, _LONGEST_ADVICE), url)),
        source_url=url,
        product_fields={name: _cut(value, _LONGEST_VALUE) for name, value in facts.items() if value},
        resources=(_resource(target, region),),
        record_state="ACTIVE",
        workflow=_Workflow("SUPPRESSED" if issue.suppressions else "NEW"),
        note=_note(issue.suppressions, time),
        malware=malware if issue.kind == "malware" else (),
        compliance=_Compliance("FAILED", issue.controls) if issue.controls else None,
        finding_provider_fields=_Provided(severity, (kind,)),
    )


def _note(suppressions: Sequence[Suppression], time: str) -> _Note | None:
    return _Note(_cut(suppression_text(suppressions[0]), _LONGEST_ADVICE), "lading", time) if suppressions else None


def _product(region: str, account: str) -> str:
    return f"arn:{_partition(region)}:securityhub:{region}:{account}:product/{account}/default"


def _partition(region: str) -> str:
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rpartition("-")[0].rpartition("-")[0], "aws")


def _resource(target: Target, region: str) -> _Resource:
    image = target.image
    name = _cut(image.name or "unknown", _LONGEST_VALUE)
    container = _Container(_cut(image.config_digest or image.digest or name, _LONGEST_VALUE), name)
    identity = f"{untagged(image.name)}@{image.digest}" if image.digest else name
    return _Resource("Container", _cut(identity, _LONGEST_ID), _partition(region), region, _Details(container))


def _vulnerability(row: Row, target: Target) -> _Vulnerability:
    finding = row.finding
    url = address(finding)
    fixed = [bool(one.fixed_version) for one in row.findings]
    return _Vulnerability(
        id=_cut(finding.id, _LONGEST_VALUE),
        vulnerable_packages=tuple(_package(one, target) for one in row.findings[:_MOST_PACKAGES]),
        cvss=tuple(_Cvss(one.version, one.score, one.vector, one.source or "unknown") for one in vectors_of(finding)),
        related_vulnerabilities=tuple(_cut(one, _LONGEST_VALUE) for one in finding.aliases),
        vendor=_Vendor(finding.severity.source or "unknown", url, finding.severity.label),
        reference_urls=(url,) if url else (),
        fix_available="YES" if all(fixed) else "PARTIAL" if any(fixed) else "NO",
        epss_score=finding.epss,
        exploit_available="YES" if finding.known_exploited else "",
    )


def _package(finding: Finding, target: Target) -> _Package:
    package, layer = finding.package, target.image.layer(finding.package.layer)
    return _Package(
        name=_cut(package.name, _LONGEST_VALUE),
        version=_cut(package.version, _LONGEST_VALUE) or "unknown",
        architecture=package.arch,
        package_manager=_MANAGERS.get(package.type, ""),
        file_path=_cut(package.locations[0].path, _LONGEST_VALUE) if package.locations else "",
        fixed_in_version=_cut(finding.fixed_version, _LONGEST_VALUE),
        source_layer_hash=layer.digest if layer else "",
    )


def _cut(text: str, longest: int) -> str:
    """One line of so many characters at most."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
