"""Findings as people count them: one row per vulnerability of a source package, rows grouped by source package."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, get_args

from msgspec import Struct

from lading.model.advisory import SEVERITY_ORDER
from lading.model.finding import Finding
from lading.versions.extremes import newest

Section = Literal["fixable", "unfixed", "under_investigation", "hidden"]
SECTIONS: tuple[Section, ...] = get_args(Section)


class Row(Struct, frozen=True):
    """One vulnerability in the binaries of one source package. `finding` speaks for all of them."""

    finding: Finding
    findings: tuple[Finding, ...]

    @property
    def section(self) -> Section:
        finding = self.finding
        if finding.hidden_reason:
            return "hidden"
        if finding.status == "under_investigation":
            return "under_investigation"
        return "fixable" if finding.fixed_version else "unfixed"


class Group(Struct, frozen=True):
    """The rows of one source package at one version, in the order of the report.

    `layers` are the binary packages concerned by the layer that brought them.
    """

    source: str
    version: str
    rows: tuple[Row, ...]
    layers: tuple[tuple[int, tuple[str, ...]], ...]
    upgrade: str
    """The version that fixes every row that can be fixed, empty where none can."""


def rows_of(findings: Iterable[Finding]) -> list[Row]:
    """One row per vulnerability and source package, in the order of the report.

    A source package may have both headers, which are hidden, and code, which is not: those make two rows.
    """
    rows: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        rows[(*finding.row, finding.hidden_reason)].append(finding)
    return [Row(members[0], tuple(members)) for members in rows.values()]


def groups_of(rows: Iterable[Row]) -> list[Group]:
    """The rows by source package, the most pressing package first."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.finding.row[:3]].append(row)
    made = [_group(source, version, members) for (_, source, version), members in groups.items()]
    return sorted(made, key=_pressing)


def _group(source: str, version: str, rows: list[Row]) -> Group:
    layers: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        for finding in row.findings:
            layers[finding.package.layer].add(finding.package.name)
    return Group(
        source=source,
        version=version,
        rows=tuple(rows),
        layers=tuple((layer, tuple(sorted(layers[layer]))) for layer in sorted(layers)),
        upgrade=newest(rows[0].finding.package.type, {row.finding.fixed_version for row in rows} - {""}),
    )


def _pressing(group: Group) -> tuple[object, ...]:
    worst = max(SEVERITY_ORDER.index(row.finding.severity.label) for row in group.rows)
    exploited = any(row.finding.known_exploited is not None for row in group.rows)
    return not exploited, -worst, -len(group.rows), group.source, group.version
