"""CVE records, version 5: what the numbering authority (CNA) and others (ADP) say is affected, and CISA's SSVC points.

Source: https://github.com/CVEProject/cve-schema (schema, and docs/versions.md on how versions are read);
https://github.com/cisagov/vulnrichment (the ADP container of CISA).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct, structs

from lading.model.advisory import Advisory, Range, Ssvc, VulnerabilityRecord
from lading.model.cpe import parse_cpe, product_version
from lading.model.errors import FormatError
from lading.versions.constraints import outside, ranges_of

_SCHEME: Final = "generic"
_NO_VERSION: Final = frozenset(
    {"", "*", "-", "n/a", "na", "none", "unspecified", "unknown", "all", "all versions", "any"}
)
_LOWEST: Final = frozenset({"0", "0.0", "0.0.0"})
_NOBODY: Final = frozenset({"", "n/a", "unknown", "unspecified"})
_COMMITS: Final = "git"
_WORDS: Final = re.compile(r"\b(?:before|prior to)\s+v?(?=[0-9])", re.IGNORECASE)
_BOUND: Final = re.compile(r"v?[0-9][0-9A-Za-z.+_~-]*")
_CONSTRAINT: Final = re.compile(r"\s*(?:[<>]=?|=)\s*v?[0-9]")
_BRANCH: Final = re.compile(r"((?:[0-9]+\.)*)([0-9]+)\.[*x]")


class _Version(Struct, frozen=True, rename="camel"):
    version: str = ""
    status: str = "affected"
    less_than: str = ""
    less_than_or_equal: str = ""
    version_type: str = ""


class _Affected(Struct, frozen=True, rename="camel"):
    vendor: str = ""
    product: str = ""
    versions: list[_Version] = []
    default_status: str = "unknown"
    cpes: list[str] = []


class _Provider(Struct, frozen=True, rename="camel"):
    short_name: str = ""


class _Ssvc(Struct, frozen=True):
    options: list[dict[str, object]] = []


class _Other(Struct, frozen=True):
    type: str = ""
    content: msgspec.Raw = msgspec.Raw(b"null")


class _Metric(Struct, frozen=True):
    other: _Other | None = None


class _Container(Struct, frozen=True, rename="camel"):
    provider_metadata: _Provider = _Provider()
    affected: list[_Affected] = []
    metrics: list[_Metric] = []
    title: str = ""


class _Containers(Struct, frozen=True):
    cna: _Container = _Container()
    adp: list[_Container] = []


class _Metadata(Struct, frozen=True, rename="camel"):
    cve_id: str
    state: str = "PUBLISHED"
    date_published: str = ""
    date_updated: str = ""


class CveRecord(Struct, frozen=True, rename="camel"):
    """What Lading reads of a record."""

    cve_metadata: _Metadata
    containers: _Containers = _Containers()


_RECORD: Final = msgspec.json.Decoder(CveRecord)


def parse_cve(data: bytes) -> CveRecord:
    """A record. Raises FormatError."""
    try:
        return _RECORD.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not a CVE record of version 5: {error}") from error


def advisories_of(record: CveRecord) -> list[Advisory]:
    """An advisory for each product (`vendor:product`, as CPE names have it), with who gave the versions in `remark`.
    What the CNA says of a product goes before what others say of it. None of a rejected record, and of what has no
    version to compare (commits, "n/a")."""
    if record.cve_metadata.state.upper() == "REJECTED":
        return []
    found: dict[str, Advisory] = {}
    for container in (record.containers.cna, *record.containers.adp):
        own: dict[str, tuple[list[Range], list[str]]] = {}
        for entry in container.affected:
            for key in _keys(entry):
                ranges, versions = own.setdefault(key, ([], []))
                spans, listed = _versions(entry, key)
                ranges += spans
                versions += listed
        by = container.provider_metadata.short_name
        for key, (ranges, versions) in own.items():
            if key not in found and (ranges or versions):
                found[key] = Advisory(
                    id=record.cve_metadata.cve_id,
                    package=key,
                    ranges=tuple(dict.fromkeys(ranges)),
                    versions=tuple(dict.fromkeys(versions)),
                    remark=f"versions given by {by} in the CVE record" if by else "",
                )
    return list(found.values())


def facts_of(record: CveRecord) -> VulnerabilityRecord | None:
    """The SSVC points of a record, None where it has none."""
    for container in (*record.containers.adp, record.containers.cna):
        for metric in container.metrics:
            if metric.other is not None and metric.other.type.lower() == "ssvc":
                points = _points(metric.other.content)
                if points is not None:
                    return VulnerabilityRecord(record.cve_metadata.cve_id, ssvc=points)
    return None


def _points(content: msgspec.Raw) -> Ssvc | None:
    try:
        options = msgspec.json.decode(content, type=_Ssvc).options
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    stated = {name.lower(): value.lower() for one in options for name, value in one.items() if isinstance(value, str)}
    found = Ssvc(*(stated.get(name, "") for name in ("exploitation", "automatable", "technical impact")))
    return found if any(structs.astuple(found)) else None


def _keys(entry: _Affected) -> Iterable[str]:
    """The names of a product: by its CPEs, and by the words for vendor and product."""
    cpes = (cpe for text in entry.cpes if (cpe := parse_cpe(text)) is not None and cpe.part == "a")
    names = [cpe.key for cpe in cpes]
    vendor, product = (" ".join(text.lower().split()).replace(" ", "_") for text in (entry.vendor, entry.product))
    if vendor not in _NOBODY and product not in _NOBODY:
        names.append(f"{vendor}:{product}")
    return dict.fromkeys(names)


def _versions(entry: _Affected, key: str) -> tuple[list[Range], list[str]]:
    """The stretches and single versions that are affected."""
    affected: list[str] = []
    free: list[str] = []
    for one in entry.versions:
        if one.version_type != _COMMITS:
            (affected if one.status == "affected" else free if one.status == "unaffected" else []).extend(_spans(one))
    if not affected and entry.default_status == "affected" and free:
        ranges = outside(_SCHEME, free)
    else:
        ranges = ranges_of(_SCHEME, "||".join(affected)) if affected else ()
    single = [span.introduced for span in ranges or () if span.introduced and span.introduced == span.last_affected]
    spans = [span for span in ranges or () if not (span.introduced and span.introduced == span.last_affected)]
    return (
        [Range(*(product_version(key, bound) for bound in structs.astuple(span))) for span in spans],
        [product_version(key, version) for version in single],
    )


def _spans(one: _Version) -> Iterator[str]:
    """A version or stretch as a constraint; none for what is no version."""
    start = one.version.strip()
    low = "" if start.lower() in _NO_VERSION | _LOWEST else start
    if (branch := _BRANCH.fullmatch(low)) is not None:
        yield f">={low[:-2]},<{branch[1]}{int(branch[2][:18]) + 1}"
        return
    if low and not _BOUND.fullmatch(low):
        text = _WORDS.sub("<", low)
        if _CONSTRAINT.match(text) and ranges_of(_SCHEME, text) is not None:
            yield text
        return
    end, sign = (one.less_than, "<") if one.less_than else (one.less_than_or_equal, "<=")
    branch = _BRANCH.fullmatch(end.strip())
    if branch is not None:
        end, sign = f"{branch[1]}{int(branch[2][:18]) + 1}", "<"
    high = "" if end.lower() in _NO_VERSION else end.strip()
    if high and not _BOUND.fullmatch(high):
        return
    if high:
        yield ",".join(filter(None, (f">={low}" if low else "", f"{sign}{high}")))
    elif end == "*" and (low or start in _LOWEST):
        yield f">={low or '0'}"
    elif low:
        yield f"={low}"
