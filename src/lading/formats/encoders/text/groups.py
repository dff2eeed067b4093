"""Rows grouped by source package, as tables show them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from lading.model.advisory import SEVERITY_ORDER
from lading.model.package import DISTRIBUTED, Package
from lading.model.rows import Row
from lading.versions.extremes import newest


class Group(Struct, frozen=True):
    """The rows of one source package at one version, in the order of the report.

    `layers` are the binary packages concerned by the layer that introduced them, of a language's packages the paths
    where they are. `upgrade` is the version that fixes every row that can be fixed, empty where none can.
    """

    type: str
    source: str
    version: str
    rows: tuple[Row, ...]
    layers: tuple[tuple[int, tuple[str, ...]], ...]
    upgrade: str

    @property
    def cleared(self) -> int:
        """How many rows the upgrade clears."""
        return sum(bool(row.fixed_version) for row in self.rows)


def groups_of(rows: Iterable[Row]) -> list[Group]:
    """The rows by source package, the most pressing package first."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.finding.row[:3]].append(row)
    made = [_group(source, version, members) for (_, source, version), members in groups.items()]
    return sorted(made, key=_pressing)


def _places(package: Package) -> Iterator[str]:
    """What tells people where a package is: a distribution's are known by their names, others by their paths."""
    paths = [one.path for one in package.locations if one.layer == package.layer and one.path]
    yield from [package.name] if package.type in DISTRIBUTED or not paths else paths


def _group(source: str, version: str, rows: list[Row]) -> Group:
    layers: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        for finding in row.findings:
            layers[finding.package.layer].update(_places(finding.package))
    return Group(
        type=rows[0].finding.package.type,
        source=source,
        version=version,
        rows=tuple(rows),
        layers=tuple((layer, tuple(sorted(layers[layer]))) for layer in sorted(layers)),
        upgrade=newest(rows[0].finding.package.type, {row.fixed_version for row in rows} - {""}),
    )


def _pressing(group: Group) -> tuple[object, ...]:
    risk = max(row.finding.risk for row in group.rows)
    worst = max(SEVERITY_ORDER.index(row.finding.severity.label) for row in group.rows)
    return -risk, -worst, -len(group.rows), group.source, group.version
