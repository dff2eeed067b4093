"""Grype's report in JSON, for programs that read that.

Source: grype/presenter/models of https://github.com/anchore/grype.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import UNSET, Struct, UnsetType, field

from lading.formats.cvss_vectors import vectors_of
from lading.formats.finding_texts import address, repo_digests, repo_tags
from lading.formats.syft_types import LANGUAGES, SYFT_TYPES
from lading.formats.view import View
from lading.model.decision import Evaluated
from lading.model.finding import Finding, FixState, Suppression
from lading.model.image import Image
from lading.model.package import DISTRIBUTED, Package
from lading.model.report import Target
from lading.safeio.json_text import iter_document

_FIX_STATES: Final[dict[FixState, str]] = {
    "fixed": "fixed", "wont_fix": "wont-fix", "end_of_life": "wont-fix", "unknown": "unknown",
}  # fmt: skip
_MATCHERS: Final = {
    "alpm": "pacman-matcher", "apk": "apk-matcher", "bitnami": "bitnami-matcher", "cargo": "rust-matcher",
    "deb": "dpkg-matcher", "ebuild": "portage-matcher", "gem": "ruby-gem-matcher", "golang": "go-module-matcher",
    "hex": "hex-matcher", "maven": "java-matcher", "npm": "javascript-matcher", "nuget": "dotnet-matcher",
    "pypi": "python-matcher", "rpm": "rpm-matcher",
}  # fmt: skip
_NO_DAY: Final = "1970-01-01"


class _Metrics(Struct, rename="camel"):
    base_score: float


class _Cvss(Struct, rename="camel"):
    source: str
    type: str
    version: str
    vector: str
    metrics: _Metrics
    vendor_metadata: dict[str, str]


class _Exploited(Struct, rename="camel"):
    cve: str
    date_added: str
    due_date: str
    known_ransomware_campaign_use: str


class _Epss(Struct):
    cve: str
    epss: float
    percentile: float
    date: str


class _Weakness(Struct):
    cve: str
    cwe: str


class _Available(Struct):
    version: str
    date: str


class _Fix(Struct, omit_defaults=True, kw_only=True):
    versions: tuple[str, ...]
    state: str
    available: tuple[_Available, ...] = ()


class _Advisory(Struct):
    id: str
    link: str


class _Related(Struct, rename="camel"):
    id: str
    data_source: str
    namespace: str
    severity: str
    urls: tuple[str, ...]
    cvss: tuple[_Cvss, ...]


class _Vulnerability(Struct, omit_defaults=True, rename="camel", kw_only=True):
    id: str
    data_source: str
    namespace: str
    severity: str
    urls: tuple[str, ...]
    description: str = ""
    cvss: tuple[_Cvss, ...]
    known_exploited: tuple[_Exploited, ...] = ()
    epss: tuple[_Epss, ...] = ()
    cwes: tuple[_Weakness, ...] = ()
    fix: _Fix
    advisories: tuple[_Advisory, ...]
    risk: float


class _Distribution(Struct, rename="camel"):
    name: str
    version: str
    id_like: tuple[str, ...]


class _Searched(Struct, omit_defaults=True, kw_only=True):
    distro: dict[str, str] = {}
    language: str = ""
    namespace: str
    package: dict[str, str]


class _Detail(Struct, omit_defaults=True, rename="camel", kw_only=True):
    type: str
    matcher: str
    searched_by: _Searched
    found: dict[str, str]
    fix: dict[str, str] = {}


class _Place(Struct, kw_only=True):
    path: str
    layer_id: str = field(name="layerID")
    access_path: str = field(name="accessPath")
    annotations: dict[str, str]


class _Artifact(Struct, kw_only=True):
    id: str
    name: str
    version: str
    type: str
    locations: tuple[_Place, ...]
    language: str
    licenses: tuple[str, ...]
    cpes: tuple[str, ...]
    purl: str
    upstreams: tuple[dict[str, str], ...]


class _Rule(Struct, omit_defaults=True, rename="kebab", kw_only=True):
    vulnerability: str
    reason: str
    namespace: str
    vex_status: str = ""
    vex_justification: str = ""


class _Match(Struct, omit_defaults=True, rename="camel", kw_only=True):
    vulnerability: _Vulnerability
    related_vulnerabilities: tuple[_Related, ...]
    match_details: tuple[_Detail, ...]
    artifact: _Artifact
    applied_ignore_rules: tuple[_Rule, ...] = ()


class _Layer(Struct, rename="camel"):
    media_type: str
    digest: str
    size: int


class _Image(Struct, rename="camel", kw_only=True):
    user_input: str
    image_id: str = field(name="imageID")
    manifest_digest: str
    media_type: str
    tags: tuple[str, ...]
    image_size: int
    layers: tuple[_Layer, ...]
    repo_digests: tuple[str, ...]
    architecture: str
    os: str


class _Source(Struct):
    type: str
    target: _Image | str


class _Descriptor(Struct, kw_only=True):
    name: str
    version: str
    db: dict[str, str]
    timestamp: str


class _Report(Struct, omit_defaults=True, rename="camel", kw_only=True):
    matches: tuple[_Match, ...]
    ignored_matches: tuple[_Match, ...] | UnsetType = UNSET
    source: _Source | None
    distro: _Distribution
    descriptor: _Descriptor


def encode_grype(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """What is open of every package as matches; what is suppressed as ignored ones. Of several images the source is
    the first. The time is the day of the decision: a report has no clock."""
    targets = evaluated.report.targets
    found = [(finding, target) for target in targets for finding in target.findings if finding.is_open]
    matches = (_match(one, target) for one, target in found if not one.suppressions)
    ignored = [(one, target) for one, target in found if one.suppressions]
    name, _, version = view.tool.partition(" ")
    report = _Report(
        matches=(),
        ignored_matches=() if ignored else UNSET,
        source=_source(targets[0].image) if targets else None,
        distro=_distribution(targets[0]) if targets else _Distribution("", "", ()),
        descriptor=_Descriptor(
            name=name,
            version=version,
            db={"digest": evaluated.report.database} if evaluated.report.database else {},
            timestamp=f"{evaluated.decision.day or _NO_DAY}T00:00:00Z",
        ),
    )
    arrays: list[tuple[str, Iterable[_Match]]] = [("matches", matches)]
    if ignored:
        arrays.append(("ignoredMatches", (_match(one, target) for one, target in ignored)))
    return iter_document(report, 1, arrays)


def _source(image: Image) -> _Source:
    if not image.config_digest and not image.digest:
        return _Source("directory", image.name)
    layers = tuple(_Layer("", one.diff_id, one.size) for one in image.layers)
    return _Source(
        "image",
        _Image(
            user_input=image.name,
            image_id=image.config_digest,
            manifest_digest=image.digest,
            media_type="",
            tags=repo_tags(image),
            image_size=sum(one.size for one in image.layers),
            layers=layers,
            repo_digests=repo_digests(image),
            architecture=image.platform.architecture if image.platform else "",
            os=image.platform.os if image.platform else "",
        ),
    )


def _distribution(target: Target) -> _Distribution:
    system = target.distribution
    return _Distribution(system.id if system else "", system.version_id if system else "", ())


def _match(finding: Finding, target: Target) -> _Match:
    namespace = _namespace(finding, target)
    rules = tuple(_rule(one, finding) for one in finding.suppressions)
    return _Match(
        vulnerability=_vulnerability(finding, namespace),
        related_vulnerabilities=tuple(
            _Related(one, "", "nvd:cpe" if one.startswith("CVE-") else namespace, _severity(finding), (), ())
            for one in finding.aliases
        ),
        match_details=(_detail(finding, target, namespace),),
        artifact=_artifact(finding.package, target.image),
        applied_ignore_rules=rules,
    )


def _namespace(finding: Finding, target: Target) -> str:
    """Who speaks, and of what: `debian:distro:debian:12`, `github:language:python`, `nvd:cpe`."""
    type, system = finding.package.type, target.distribution
    if finding.basis.shard == "nvd":
        return "nvd:cpe"
    if type in DISTRIBUTED and system is not None:
        return f"{system.id}:distro:{system.id}:{system.version_id}"
    provider = "github" if finding.basis.advisory.startswith("GHSA-") else "osv"
    return f"{provider}:language:{LANGUAGES.get(type, type)}"


def _vulnerability(finding: Finding, namespace: str) -> _Vulnerability:
    exploited, url = finding.known_exploited, address(finding)
    known = finding.epss is not None and finding.percentile is not None
    return _Vulnerability(
        id=finding.id,
        data_source=url,
        namespace=namespace,
        severity=_severity(finding),
        urls=(url,) if url else (),
        description=finding.summary,
        cvss=tuple(
            _Cvss(
                one.source,
                "Primary" if one.source == "nvd" else "Secondary",
                one.version,
                one.vector,
                _Metrics(one.score),
                {},
            )
            for one in vectors_of(finding)
        ),
        known_exploited=(
            _Exploited(exploited.id, exploited.added, exploited.due, "Known" if exploited.ransomware else "Unknown"),
        )
        if exploited
        else (),
        epss=(_Epss(finding.id, finding.epss or 0.0, finding.percentile or 0.0, ""),) if known else (),
        cwes=tuple(_Weakness(finding.id, one) for one in finding.cwes),
        fix=_fix(finding),
        advisories=tuple(_Advisory(one, "") for one in finding.notices),
        risk=finding.risk,
    )


def _severity(finding: Finding) -> str:
    return finding.severity.label.capitalize()


def _fix(finding: Finding) -> _Fix:
    version, day = finding.fixed_version, finding.fix_date
    return _Fix(
        versions=(version,) if version else (),
        state="fixed" if version else _FIX_STATES.get(finding.fix_state, "not-fixed"),
        available=(_Available(version, day),) if version and day else (),
    )


def _detail(finding: Finding, target: Target, namespace: str) -> _Detail:
    package, basis, system = finding.package, finding.basis, target.distribution
    is_system = package.type in DISTRIBUTED and system is not None
    direct = (basis.name or package.name) == package.name
    name = basis.name or package.name
    return _Detail(
        type="cpe-match" if namespace == "nvd:cpe" else "exact-direct-match" if direct else "exact-indirect-match",
        matcher=_MATCHERS.get(package.type, "stock-matcher"),
        searched_by=_Searched(
            distro={"type": system.id, "version": system.version_id} if is_system and system else {},
            language="" if is_system else LANGUAGES.get(package.type, ""),
            namespace=namespace,
            package={"name": name, "version": basis.version or package.version},
        ),
        found={"vulnerabilityID": basis.advisory or finding.id, "versionConstraint": _constraint(finding)},
        fix={"suggestedVersion": finding.fixed_version} if finding.fixed_version else {},
    )


def _constraint(finding: Finding) -> str:
    """The range that holds the version: `>= 2, < 3.1 (deb)`."""
    basis = finding.basis
    if basis.range is None:
        return f"= {basis.version} ({basis.scheme or 'unknown'})" if basis.listed else "none (unknown)"
    bounds = (
        (">=", basis.range.introduced), (">", basis.range.after), ("<", basis.range.fixed),
        ("<=", basis.range.last_affected),
    )  # fmt: skip
    said = ", ".join(f"{sign} {version}" for sign, version in bounds if version)
    return f"{said or 'none'} ({basis.scheme or 'unknown'})"


def _artifact(package: Package, image: Image) -> _Artifact:
    name = package.name.rpartition(":")[2] if package.type == "maven" else package.name
    other = (package.source, package.source_version) != (package.name, package.version) and package.source
    upstream = {"name": package.source}
    if package.source_version and package.source_version != package.version:
        upstream["version"] = package.source_version
    return _Artifact(
        id=package.id,
        name=name,
        version=package.version,
        type=SYFT_TYPES.get(package.type, package.type),
        locations=tuple(
            _Place(
                path=f"/{one.path}",
                layer_id=_layer(image, one.layer),
                access_path=f"/{one.path}",
                annotations={"evidence": "primary"},
            )
            for one in package.locations
        ),
        language=LANGUAGES.get(package.type, ""),
        licenses=package.licenses,
        cpes=package.cpes,
        purl=package.purl,
        upstreams=(upstream,) if other else (),
    )


def _layer(image: Image, number: int) -> str:
    layer = image.layer(number)
    return layer.diff_id if layer else ""


def _rule(one: Suppression, finding: Finding) -> _Rule:
    is_vex = one.source == "vex"
    word = next((word for word in finding.vex if is_vex and word.outcome == "applied"), None)
    until = f" (until {one.expires})" if one.expires else ""
    return _Rule(
        vulnerability=finding.id,
        reason=f"{': '.join(filter(None, (f'{one.source} {one.where}'.strip(), one.reason)))}{until}",
        namespace="vex" if is_vex else "",
        vex_status=word.status if word else "",
        vex_justification=word.justification if word else "",
    )
