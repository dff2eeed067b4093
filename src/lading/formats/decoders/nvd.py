"""Records of the National Vulnerability Database, version 2.0 of its API and feeds.

Source: https://nvd.nist.gov/developers/vulnerabilities and the JSON schema named there; NISTIR 7696 for what a CPE
matches. The NVD asks to be named: "This product uses the NVD API but is not endorsed or certified by the NVD."
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from lading.formats.summaries import short
from lading.model.advisory import Advisory, Condition, Range, Severity, SeverityLabel, VulnerabilityRecord
from lading.model.cpe import Cpe, parse_cpe, product_version
from lading.model.errors import FormatError

_LABELS: Final[dict[str, SeverityLabel]] = {
    "NONE": "negligible", "LOW": "low", "MEDIUM": "medium", "HIGH": "high", "CRITICAL": "critical",
}  # fmt: skip
_SOURCES: Final = {"nvd@nist.gov": "nvd", "134c704f-9b21-4f2e-91b3-4a467353bcc0": "cna:cisa-adp"}
_UNDEFINED: Final = re.compile(r"/[A-Z]{1,3}:X\b")
_BRANCH: Final = re.compile(r"((?:\d{1,9}\.)*)(\d{1,9})\.\*")
_MOST_SUMMARY: Final = 300
_MOST_METRICS: Final = 4
_NOT_THE_SOFTWARE: Final = "exclusively-hosted-service"
_PRODUCTS: Final = ("cpe:2.3:a:", "cpe:2.3:o:linux:linux_kernel:", "cpe:2.3:o:xen:xen:")
"""How the names of products begin that packages hold. Of operating systems these are kernels alone: as a whole they are
matched against advisories of their own."""


class _Text(Struct, frozen=True):
    lang: str
    value: str


class _Score(Struct, frozen=True, rename="camel"):
    vector_string: str = ""
    base_score: float = 0.0
    base_severity: str = ""


class _Metric(Struct, frozen=True, rename="camel"):
    source: str = ""
    type: str = ""
    cvss_data: _Score = _Score()
    base_severity: str = ""  # of version 2, which has it here


class _Metrics(Struct, frozen=True):
    v4: list[_Metric] = msgspec.field(default_factory=list, name="cvssMetricV40")
    v31: list[_Metric] = msgspec.field(default_factory=list, name="cvssMetricV31")
    v30: list[_Metric] = msgspec.field(default_factory=list, name="cvssMetricV30")
    v2: list[_Metric] = msgspec.field(default_factory=list, name="cvssMetricV2")


class _Weakness(Struct, frozen=True):
    description: list[_Text] = []


class _Match(Struct, frozen=True, rename="camel"):
    criteria: str
    vulnerable: bool = True
    version_start_including: str = ""
    version_start_excluding: str = ""
    version_end_including: str = ""
    version_end_excluding: str = ""


class _Node(Struct, frozen=True, rename="camel"):
    cpe_match: list[_Match] = []
    negate: bool = False
    operator: str = "OR"


class _Configuration(Struct, frozen=True):
    nodes: list[_Node] = []
    operator: str | None = "OR"
    negate: bool = False


class _Tag(Struct, frozen=True):
    tags: list[str] = []


class NvdRecord(Struct, frozen=True, rename="camel"):
    """What Lading reads of a record (`cve` of an entry); dates are ISO 8601."""

    id: str
    vuln_status: str = ""
    published: str = ""
    last_modified: str = ""
    descriptions: list[_Text] = []
    metrics: _Metrics = _Metrics()
    weaknesses: list[_Weakness] = []
    configurations: list[_Configuration] = []
    cve_tags: list[_Tag] = []


class _Entry(Struct, frozen=True):
    cve: NvdRecord


class _Annotation(Struct, frozen=True):
    cve_id: str


class _Products(Struct, frozen=True):
    configurations: list[_Configuration] = []


class _Override(Struct, frozen=True):
    cve: _Products
    annotation: _Annotation = msgspec.field(name="_annotation")


_ENTRY = msgspec.json.Decoder(_Entry)
_OVERRIDE = msgspec.json.Decoder(_Override)
_RECORD = msgspec.json.Decoder(NvdRecord)


def parse_entry(data: bytes) -> NvdRecord:
    """A record as the API and the feeds wrap it, `{"cve": {…}}`. Raises FormatError."""
    try:
        return _ENTRY.decode(data).cve
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not an NVD record: {error}") from error


def parse_record(data: bytes) -> NvdRecord:
    """A record by itself. Raises FormatError."""
    try:
        return _RECORD.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not an NVD record: {error}") from error


def parse_override(data: bytes) -> NvdRecord:
    """A record with products alone, as others write them in the place of the NVD's. Raises FormatError."""
    try:
        override = _OVERRIDE.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not an override of an NVD record: {error}") from error
    return NvdRecord(override.annotation.cve_id, configurations=override.cve.configurations)


def facts_of(record: NvdRecord) -> VulnerabilityRecord:
    """What the NVD knows of a vulnerability. Of a rejected one, only that it is.

    A severity's source is "nvd" where the NVD's own analysts gave it, else `cna:` with the domain of who did
    ("cna:github.com"; CISA's enrichment is "cna:cisa-adp").
    """
    if is_rejected(record):
        return VulnerabilityRecord(record.id, published=record.published[:10], status=record.vuln_status)
    return VulnerabilityRecord(
        id=record.id,
        severities=_severities(record.metrics),
        cwes=_cwes(record.weaknesses),
        published=record.published[:10],
        summary=_summary(record.descriptions),
        status=record.vuln_status,
    )


def is_rejected(record: NvdRecord) -> bool:
    """Whether the CVE was withdrawn."""
    return record.vuln_status.lower() == "rejected"


def advisories_of(record: NvdRecord) -> list[Advisory]:
    """One advisory for each product with the vulnerability and each target software and edition of it, `package` being
    `vendor:product`; none for a rejected record.

    Only programs count (part a) and kernels: a container holds no hardware and no firmware, and whole operating systems
    are matched against advisories of their own. Where a configuration asks for company (nodes joined by AND, marked as
    not vulnerable), Linux and other programs may be at hand: hardware and other operating systems are not, so such a
    configuration is left out. A version "-" (none) equals no version (NISTIR 7696), and is left out too. Versions are
    in the form of `product_version`.
    """
    tags = {tag for entry in record.cve_tags for tag in entry.tags}
    if is_rejected(record) or _NOT_THE_SOFTWARE in tags:
        return []
    found: dict[tuple[str, str, str], dict[Range | str, None]] = {}
    for cpe, match in _vulnerable(record.configurations):
        span = _span(cpe, match)
        if span is not None:
            found.setdefault((cpe.key, cpe.target, cpe.edition), {})[span] = None
    remark = "its finders and the maintainers dispute it" if "disputed" in tags else ""
    return [
        Advisory(
            id=record.id,
            package=key,
            ranges=tuple(span for span in spans if isinstance(span, Range)),
            versions=tuple(span for span in spans if isinstance(span, str)),
            condition=Condition(target=target, edition=edition) if target or edition else None,
            remark=remark,
        )
        for (key, target, edition), spans in found.items()
    ]


def _severities(metrics: _Metrics) -> tuple[Severity, ...]:
    found: dict[Severity, None] = {}
    for of_version in (metrics.v4, metrics.v31, metrics.v30, metrics.v2):
        for metric in sorted(of_version, key=lambda one: one.type != "Primary")[:_MOST_METRICS]:
            score = metric.cvss_data
            word = score.base_severity or metric.base_severity
            source = _SOURCES.get(metric.source) or f"cna:{metric.source.rpartition('@')[2] or 'unknown'}"
            vector = _UNDEFINED.sub("", score.vector_string)
            found[Severity(_LABELS.get(word.upper(), "unknown"), source, score.base_score, vector)] = None
    return tuple(found)


def _cwes(weaknesses: Iterable[_Weakness]) -> tuple[str, ...]:
    """By number. "NVD-CWE-Other" and "NVD-CWE-noinfo" say nothing."""
    names = {text.value for weakness in weaknesses for text in weakness.description}
    return tuple(sorted((name for name in names if name.startswith("CWE-")), key=lambda name: (len(name), name)))


def _summary(descriptions: Iterable[_Text]) -> str:
    return short(next((one.value for one in descriptions if one.lang.startswith("en")), ""), _MOST_SUMMARY)


def _vulnerable(configurations: Iterable[_Configuration]) -> Iterator[tuple[Cpe, _Match]]:
    """The products that have the vulnerability, as far as a container can hold them."""
    for configuration in configurations:
        if configuration.operator == "AND" and not _has_company(configuration):
            continue
        for node in configuration.nodes:
            if node.negate or configuration.negate or (node.operator == "AND" and not _all_at_hand(node)):
                continue
            for match in node.cpe_match:
                if match.vulnerable and match.criteria.startswith(_PRODUCTS):
                    cpe = parse_cpe(match.criteria)
                    if cpe is not None:
                        yield cpe, match


def _has_company(configuration: _Configuration) -> bool:
    """Whether a container can hold what every node asks for that only tells the context."""
    return all(
        any(_at_hand(match) for match in node.cpe_match)
        for node in configuration.nodes
        if node.cpe_match and not node.negate and not any(match.vulnerable for match in node.cpe_match)
    )


def _all_at_hand(node: _Node) -> bool:
    return all(match.vulnerable or _at_hand(match) for match in node.cpe_match)


def _at_hand(match: _Match) -> bool:
    cpe = parse_cpe(match.criteria)
    return cpe is not None and (
        cpe.part == "a" or (cpe.part == "o" and ("linux" in cpe.product or cpe.product == "unix"))
    )


def _span(cpe: Cpe, match: _Match) -> Range | str | None:
    """The version a match names, or its range; None when it names none."""
    key = cpe.key
    before, last = match.version_end_excluding, match.version_end_including
    branch = _BRANCH.fullmatch(before or last)  # "up to 10.*" is the whole of 10
    if branch is not None:
        before, last = _next(branch), ""
    bounds = (match.version_start_including, before, last, match.version_start_excluding)
    if any(bounds):
        return Range(*(product_version(key, bound) for bound in bounds))
    if cpe.version == "*":
        return Range() if cpe.update in ("*", "-") else None
    if cpe.version == "-":
        return None
    branch = _BRANCH.fullmatch(cpe.version)
    if branch is not None:
        return Range(cpe.version.removesuffix(".*"), fixed=_next(branch))
    return product_version(key, cpe.version, cpe.update)


def _next(branch: re.Match[str]) -> str:
    """The first version after a branch."""
    return f"{branch[1]}{int(branch[2]) + 1}"
